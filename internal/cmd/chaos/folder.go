package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"tenantrollup/internal/standin"
	"tenantrollup/internal/standin/m365"
)

// folderPlace runs some nights by hand, in a folder: handler night is killed and
// started again.
func (w worker) folderPlace(ctx context.Context, random *rand.Rand) (err error) {
	options := w.cloud(random)
	options.Auth = m365.SecretOnly
	cloud, err := m365.Start(options)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, cloud.Close()) }()
	dir, err := os.MkdirTemp("", "tenant-rollup-chaos-folder-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	h := &hands{binary: w.binary, dir: dir, env: append(cloud.EnvByHand(), "PATH="+os.Getenv("PATH"), "HOME="+dir)}
	for name, value := range settings() {
		h.env = append(h.env, name+"="+value)
	}
	for i := 0; i < nightsOfPlace && !w.sum.enough(); i++ {
		n := night{place: &standin.Place{Cloud: cloud}, random: random, name: nightName(i), date: time.Now().UTC().Format(time.DateOnly), read: h.read}
		err := h.night(ctx, &n)
		w.sum.add(n)
		if err != nil {
			return fmt.Errorf("%s: %w\n%s", n.name, err, h.console.String())
		}
	}
	return nil
}

// hands starts handler night again whenever it was killed.
type hands struct {
	binary, dir string
	env         []string
	console     bytes.Buffer
}

func (h *hands) read(_ context.Context, name string) ([]byte, error) {
	return os.ReadFile(filepath.Join(h.dir, filepath.FromSlash(name)))
}

// night runs a night, and after every second one also asks its failed customers
// again. Both are checked.
func (h *hands) night(ctx context.Context, n *night) error {
	ctx, cancel := context.WithTimeoutCause(ctx, nightLimit, errors.New("the night did not end in time"))
	defer cancel()
	if err := h.disturb(ctx, n, "-report", n.name, "-date", n.date); err != nil {
		return err
	}
	if n.random.IntN(2) == 0 {
		return nil
	}
	n.reruns++
	return h.disturb(ctx, n, "-report", n.name, "-date", n.date, "-scope", "failed")
}

// disturb starts the command and kills it at random moments, until it is left alone
// and must end with a publication.
func (h *hands) disturb(ctx context.Context, n *night, args ...string) error {
	for kills := n.random.IntN(mostKills + 1); ; kills-- {
		command := exec.CommandContext(ctx, h.binary, append([]string{"night", "-out", h.dir}, args...)...)
		command.Env, command.Stdout, command.Stderr = h.env, &h.console, &h.console
		if err := command.Start(); err != nil {
			return err
		}
		if kills > 0 {
			err := n.moment(ctx)
			if command.Process.Kill() == nil {
				n.killed++
			}
			command.Wait()
			if err != nil {
				return err
			}
			continue
		}
		command.Wait()
		if code := command.ProcessState.ExitCode(); code != 0 && code != 2 { // 2: published, but customers failed
			return fmt.Errorf("handler night %q ended with code %d", args, code)
		}
		return n.check(ctx)
	}
}
