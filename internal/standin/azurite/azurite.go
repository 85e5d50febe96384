// Package azurite runs Microsoft's storage emulator for tests and the demo:
// the blob service of the npm package azurite, in memory, on a free port of
// 127.0.0.1.
//
// With a certificate it speaks https and accepts bearer tokens
// (--oauth basic): it checks audience, issuer and lifetime, but not signature and
// roles, so authorization itself is tested elsewhere. It answers for the account
// name in Options, under the path style https://127.0.0.1:port/account. For clients
// that dial its address under the account's name, it also answers under the host
// style https://account.blob.core.windows.net, which user-delegation SAS needs.
//
// Start a fresh one for each test package: it has been seen to hang after ten
// minutes with thousands of containers.
package azurite

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

const (
	startLimit = 60 * time.Second // loading 450 packages from a cold file cache takes seconds
	stopLimit  = 3 * time.Second  // from SIGTERM to kill
)

// Options say what to start. Dir is required.
type Options struct {
	Dir     string    // folder that holds node_modules/azurite (the repository's test/)
	CertPEM []byte    // with KeyPEM: https and bearer tokens; without: http
	KeyPEM  []byte    // private key of CertPEM
	Account string    // account name; default devstoreaccount1
	Key     string    // account key in base64; default a random one
	Lenient bool      // takes every version of the API, as real accounts don't; for a benchmark of old builds
	Log     io.Writer // Azurite's console without its access log; default discarded
}

// Server is one running Azurite.
type Server struct {
	addr    string
	scheme  string
	account string
	key     string

	stop    context.CancelFunc
	exited  chan struct{}
	err     error // once exited is closed: why it ended, unless Close ended it
	console *console
}

// Start returns when Azurite listens. It runs until Close or until ctx is
// done. If Node or the package is missing, the error names what to install;
// otherwise it ends with what Azurite printed last.
func Start(ctx context.Context, opts Options) (*Server, error) {
	node, err := exec.LookPath("node")
	if err != nil {
		return nil, fmt.Errorf("start azurite: node is not on the PATH: install Node 22 or later: %w", err)
	}
	script, err := filepath.Abs(filepath.Join(opts.Dir, "node_modules", "azurite", "dist", "src", "blob", "main.js"))
	if err != nil {
		return nil, fmt.Errorf("start azurite: %w", err)
	}
	if _, err := os.Stat(script); err != nil {
		return nil, fmt.Errorf("start azurite: the npm package is not installed: run npm ci in test/: %w", err)
	}
	s := &Server{
		scheme:  "http",
		account: cmp.Or(opts.Account, "devstoreaccount1"),
		key:     cmp.Or(opts.Key, randomKey()),
		exited:  make(chan struct{}),
	}
	if err := s.run(ctx, node, script, opts); err != nil {
		return nil, fmt.Errorf("start azurite: %w", err)
	}
	if err := s.await(ctx); err != nil {
		s.stop()
		<-s.exited
		return nil, fmt.Errorf("start azurite: %w", err)
	}
	return s, nil
}

// run starts the process in a separate folder: Azurite reads its certificate from
// files and may write beside them.
func (s *Server) run(ctx context.Context, node, script string, opts Options) error {
	dir, err := os.MkdirTemp("", "azurite-")
	if err != nil {
		return err
	}
	// --silent: the access log would print SAS signatures.
	args := []string{script, "--inMemoryPersistence", "--silent", "--disableTelemetry", "--blobPort", "0"}
	if opts.Lenient {
		args = append(args, "--skipApiVersionCheck")
	}
	if opts.CertPEM != nil {
		s.scheme = "https"
		cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
		args = append(args, "--oauth", "basic", "--cert", cert, "--key", key)
		if err := errors.Join(os.WriteFile(cert, opts.CertPEM, 0o600), os.WriteFile(key, opts.KeyPEM, 0o600)); err != nil {
			return errors.Join(err, os.RemoveAll(dir))
		}
	}
	ctx, s.stop = context.WithCancel(ctx)
	s.console = newConsole(opts.Log)
	cmd := exec.CommandContext(ctx, node, args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "AZURITE_ACCOUNTS="+s.account+":"+s.key)
	cmd.Stdout, cmd.Stderr = s.console, s.console
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = stopLimit
	if err := cmd.Start(); err != nil {
		s.stop()
		return errors.Join(err, os.RemoveAll(dir))
	}
	go func() {
		defer close(s.exited)
		cmd.Wait()
		if ctx.Err() == nil {
			s.err = fmt.Errorf("azurite ended by itself: %s\n%s", cmd.ProcessState, s.console.tail())
		}
		s.err = errors.Join(s.err, os.RemoveAll(dir))
	}()
	return nil
}

// await waits for the line that names the port.
func (s *Server) await(ctx context.Context) error {
	limit := time.NewTimer(startLimit)
	defer limit.Stop()
	select {
	case s.addr = <-s.console.listening:
		return nil
	case <-s.exited:
		return cmp.Or(s.err, context.Cause(ctx))
	case <-limit.C:
		return fmt.Errorf("it did not listen within %s\n%s", startLimit, s.console.tail())
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Addr is where it listens, 127.0.0.1:port.
func (s *Server) Addr() string { return s.addr }

// ConnectionString reaches the blob service with the account key at Addr,
// path style; over https the certificate must name 127.0.0.1.
func (s *Server) ConnectionString() string {
	return fmt.Sprintf("DefaultEndpointsProtocol=%s;AccountName=%s;AccountKey=%s;BlobEndpoint=%s://%s/%s;",
		s.scheme, s.account, s.key, s.scheme, s.addr, s.account)
}

// Close ends the process, with SIGTERM and 3 s later by force. Nothing that was
// stored remains. An error says that Azurite had already ended by itself, and what it
// printed last.
func (s *Server) Close() error {
	s.stop()
	<-s.exited
	return s.err
}

func randomKey() string {
	key := make([]byte, 64)
	rand.Read(key)
	return base64.StdEncoding.EncodeToString(key)
}
