package signin_test

import (
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tenantrollup/internal/msapi"
	"tenantrollup/internal/run"
	"tenantrollup/internal/run/runtest"
	"tenantrollup/internal/signin"
)

// process is one process, in which slices follow one another.
type process struct {
	*testing.T
	entra *entra
	mode  string
	vault signin.Vault
	kept  *msapi.Kept
}

func newProcess(t *testing.T) process {
	return process{t, &entra{}, "secret", vault{"partner-client-secret": {Value: secret}}, msapi.NewKept(1 << 20)}
}

func (p process) slice(fresh bool) *signin.Partner {
	p.Helper()
	o := options(p.entra, p.mode, nil)
	o.Vault, o.Kept, o.Fresh = p.vault, p.kept, fresh
	partner, err := signin.Open(p.Context(), o)
	if err != nil {
		p.Fatal(err)
	}
	return partner
}

// token is what the slice gets for contoso; requests is how many there have been.
func (p process) token(partner *signin.Partner, requests int) string {
	p.Helper()
	token, err := partner.Token(p.Context(), contoso, scope)
	if err != nil {
		p.Fatal(err)
	}
	if n := p.entra.requests(); n != requests {
		p.Errorf("%d requests, want %d", n, requests)
	}
	return token
}

func TestTokensServeTheNextRuns(t *testing.T) {
	bubble := func(rule string, f func(p process)) {
		t.Run(rule, func(t *testing.T) { synctest.Test(t, func(t *testing.T) { f(newProcess(t)) }) })
	}
	bubble("of the same process", func(p process) {
		first := p.token(p.slice(false), 1)
		if p.token(p.slice(false), 1) != first {
			p.Error("it is another one")
		}
		p.kept = msapi.NewKept(1 << 20)
		p.token(p.slice(false), 2)
	})
	bubble("each service has its own", func(p process) {
		p.token(p.slice(false), 1)
		if _, err := p.slice(false).Token(p.Context(), contoso, "https://outlook.office365.com/.default"); err != nil {
			p.Fatal(err)
		}
		p.token(p.slice(false), 2)
	})
	bubble("until five minutes before they end", func(p process) {
		p.token(p.slice(false), 1) // for 3599 seconds
		time.Sleep(54 * time.Minute)
		p.token(p.slice(false), 1)
		time.Sleep(time.Minute)
		p.token(p.slice(false), 2)
		p.token(p.slice(false), 2)
	})
	bubble("one near its end is renewed once, however many callers wait", func(p process) {
		p.token(p.slice(false), 1)
		time.Sleep(56 * time.Minute)
		p.entra.latency = time.Second
		partner := p.slice(false)
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() { partner.Token(p.Context(), contoso, scope) })
		}
		wg.Wait()
		p.token(partner, 2)
	})
	bubble("but not requests that must be fresh", func(p process) {
		p.token(p.slice(false), 1)
		fresh := p.slice(true)
		second := p.token(fresh, 2)
		p.token(fresh, 2)
		if p.token(p.slice(false), 2) != second {
			p.Error("the next run gets the older of two tokens")
		}
	})
	bubble("refusals are not reused", func(p process) {
		p.entra.answer = func(n int) (int, string) {
			if n == 1 {
				return 400, refusal("invalid_grant", 65001, "x")
			}
			return 0, ""
		}
		partner := p.slice(false)
		for range 2 {
			_, err := partner.Token(p.Context(), contoso, scope)
			runtest.WantFailure(p.T, err, run.ConsentMissing)
		}
		p.token(p.slice(false), 2)
	})
	bubble("forgotten tokens are not reused", func(p process) {
		partner := p.slice(false)
		partner.Forget(contoso, scope, p.token(partner, 1))
		p.token(p.slice(false), 2)
	})
	bubble("a secret that changes in the vault ends their use", func(p process) {
		p.token(p.slice(false), 1)
		p.vault = vault{"partner-client-secret": {Value: secret + "2"}}
		p.token(p.slice(false), 2)
		p.token(p.slice(false), 2)
	})
	bubble("and so does a certificate", func(p process) {
		renew := func(months int) {
			key, cert := newCertificate(p.T, time.Now().AddDate(0, months, 0))
			p.vault = vault{"partner-certificate": {Value: pemOf(p.T, key, cert)}}
		}
		p.mode = "certificate"
		renew(6)
		p.token(p.slice(false), 1)
		p.token(p.slice(false), 1)
		renew(7)
		p.token(p.slice(false), 2)
	})
	bubble("a refresh token that the program renews itself does not", func(p process) {
		p.mode, p.vault, p.entra = "refresh-token", newKeeper(25*time.Hour), rotating(p.entra)
		p.token(p.slice(false), 2)
		p.token(p.slice(false), 2)
	})
	bubble("nor one whose successor can't be stored", func(p process) {
		k := newKeeper(25 * time.Hour)
		k.refusal = &run.Failure{Class: run.PartnerCredential, Message: "no"}
		p.mode, p.vault, p.entra = "refresh-token", k, rotating(p.entra)
		first := p.token(p.slice(false), 2)
		if p.token(p.slice(false), 3) != first { // the third renews the refresh token again
			p.Error("it is another one")
		}
	})
	bubble("but one that a person stores does", func(p process) {
		k := newKeeper(time.Hour)
		p.mode, p.vault, p.entra = "refresh-token", k, rotating(p.entra)
		p.token(p.slice(false), 1)
		if err := k.Store(p.Context(), refreshToken, "by-hand", time.Now().AddDate(0, 0, 90)); err != nil {
			p.Fatal(err)
		}
		p.token(p.slice(false), 2)
	})
	bubble("no more tokens are kept than there is room for", func(p process) {
		p.kept = msapi.NewKept(64 << 10)
		for i := range 2000 {
			if _, err := p.slice(false).Token(p.Context(), fmt.Sprint("tenant-", i), scope); err != nil {
				p.Fatal(err)
			}
		}
		again := p.slice(false)
		for i := range 2000 {
			again.Token(p.Context(), fmt.Sprint("tenant-", i), scope)
		}
		if n := p.entra.requests() - 2000; n == 0 || n == 2000 {
			p.Errorf("%d of 2000 were asked for again", n)
		}
	})
}

func TestDoubtSaysWhetherTheTokenIsOutdated(t *testing.T) {
	bubble := func(rule string, f func(p process)) {
		t.Run(rule, func(t *testing.T) { synctest.Test(t, func(t *testing.T) { f(newProcess(t)) }) })
	}
	doubt := func(p process, partner *signin.Partner, token string, want bool) {
		p.Helper()
		if got := partner.Doubt(contoso, scope, token); got != want {
			p.Errorf("outdated is %t, want %t", got, want)
		}
	}
	bubble("this run's token is not outdated", func(p process) {
		partner := p.slice(false)
		token := p.token(partner, 1)
		doubt(p, partner, token, false)
		doubt(p, partner, token, false) // by a caller that asked at the same time
		if p.token(partner, 1) != token {
			p.Error("it is not used any more")
		}
		p.token(p.slice(false), 2) // but a later one does not have it
	})
	bubble("an earlier run's token is outdated, whoever asks", func(p process) {
		p.token(p.slice(false), 1)
		partner := p.slice(false)
		token := p.token(partner, 1)
		doubt(p, partner, token, true)
		doubt(p, partner, token, true)
		newer := p.token(partner, 2)
		doubt(p, partner, token, true)
		doubt(p, partner, newer, false)
	})
	bubble("a token that is being replaced is outdated", func(p process) {
		p.token(p.slice(false), 1)
		partner := p.slice(false)
		token := p.token(partner, 1)
		doubt(p, partner, token, true)
		p.entra.latency = time.Second
		var wg sync.WaitGroup
		wg.Go(func() { partner.Token(p.Context(), contoso, scope) })
		synctest.Wait()
		doubt(p, partner, token, true)
		wg.Wait()
		p.token(partner, 2)
	})
}
