package signin

import (
	"context"
	"time"
)

// Stored is what a vault says about a secret that a mode reads.
type Stored struct {
	Name    string    // the vault's, or what variable or file it is in
	Expires time.Time // zero if it never does
	Err     error     // why it can't be read: a *run.Failure, NotStored, or ctx's own
}

// CheckSecrets reads each secret that the mode needs, without signing in. Of
// several that serve the same purpose, it reports the first that can be read,
// otherwise the last.
func CheckSecrets(ctx context.Context, v Vault, mode string) []Stored {
	var all []Stored
	for _, names := range needed(mode) {
		var found Stored
		for _, name := range names {
			secret, err := v.Secret(ctx, name)
			found = Stored{name, secret.Expires, err}
			if secret.words != (words{}) {
				found.Name = secret.words.name
			}
			if err == nil {
				break
			}
		}
		all = append(all, found)
	}
	return all
}

// needed names the secrets that a mode reads. One in each entry is enough.
func needed(mode string) [][]string {
	switch mode {
	case "certificate":
		return [][]string{{certificateSecret}}
	case "secret":
		return [][]string{{clientSecret}}
	case "refresh-token":
		return [][]string{{certificateSecret, clientSecret}, {refreshSecret}}
	}
	return nil
}
