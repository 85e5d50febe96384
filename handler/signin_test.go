package main_test

import (
	"testing"

	"tenantrollup/internal/run"
	"tenantrollup/internal/standin/m365"
)

func TestEveryWayToSignIn(t *testing.T) {
	t.Parallel()
	for _, auth := range []m365.Auth{
		m365.CertificatePFX, m365.CertificatePEM, m365.SecretOnly, m365.Federated, m365.RefreshToken, m365.RefreshTokenSecret,
	} {
		t.Run(string(auth), func(t *testing.T) {
			t.Parallel()
			p := open(t, m365.Options{Customers: few, Seed: 41, Auth: auth}, nil)
			p.night()
			if record := p.record("mailbox-activity", p.today); record.State != run.StatePublished || record.WithData != few {
				t.Errorf("record: %+v", record)
			}
			counts := p.Cloud.Counts()
			if tokens := counts.Kinds[m365.KindToken].Requests; tokens != few+1 {
				t.Errorf("%d token requests, want one for each customer and one for the partner", tokens)
			}
			if vault := counts.Kinds[m365.KindVault].Requests; (vault == 0) != (auth == m365.Federated) {
				t.Errorf("%d requests to the vault", vault)
			}
			if stored := len(p.Cloud.StoredRefreshTokens()); (auth == m365.RefreshToken || auth == m365.RefreshTokenSecret) != (stored > 0) {
				t.Errorf("%d refresh tokens are stored", stored)
			}
		})
	}

	t.Run("a vault that accepts no new refresh token is a warning and costs no night", func(t *testing.T) {
		t.Parallel()
		p := open(t, m365.Options{Customers: few, Seed: 42, Auth: m365.RefreshToken}, nil)
		p.Cloud.SetOutage(m365.VaultReadOnly, true)
		p.night()
		record := p.record("mailbox-activity", p.today)
		if record.WithData != few || record.Warnings[run.WarnCredentialExpiring] != 1 {
			t.Errorf("record: %+v", record)
		}
	})

	t.Run("a user whose tokens are revoked stops the run", func(t *testing.T) {
		t.Parallel()
		p := open(t, m365.Options{Customers: few, Seed: 43, Auth: m365.RefreshToken}, nil)
		p.Cloud.SetOutage(m365.UserRevoked, true)
		p.night()
		p.unpublished("AADSTS50173", "partner-refresh-token")
		for _, c := range p.Cloud.Customers() {
			if asked := p.Cloud.Counts().Tenants[c.TenantID]; len(asked) > 0 {
				t.Errorf("customer %d was asked: %v", c.Index, asked)
			}
		}
	})
}
