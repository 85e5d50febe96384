// Package runstoretest has a blob container in memory, and the contract that it,
// Azure and a folder are tested against.
package runstoretest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"iter"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"tenantrollup/internal/run"
	"tenantrollup/internal/runstore"
)

// Memory is a runstore.Container in memory, safe for concurrent use. Its zero
// value is empty.
type Memory struct {
	mu      sync.Mutex
	blobs   map[string]*blob
	version int
}

type blob struct {
	exists     bool // false: there are staged blocks only
	etag       string
	body       []byte
	properties runstore.Write
	committed  []block
	staged     map[string][]byte
}

type block struct {
	id   string
	body []byte
}

var _ runstore.Container = (*Memory)(nil)

// Head implements runstore.Container.
func (m *Memory) Head(ctx context.Context, name string) (runstore.Blob, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	b, err := m.find(ctx, name)
	if err != nil {
		return runstore.Blob{}, err
	}
	return b.describe(name), nil
}

// Get implements runstore.Container.
func (m *Memory) Get(ctx context.Context, name string) (runstore.Blob, io.ReadCloser, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	b, err := m.find(ctx, name)
	if err != nil {
		return runstore.Blob{}, nil, err
	}
	return b.describe(name), io.NopCloser(bytes.NewReader(b.body)), nil
}

// Put implements runstore.Container.
func (m *Memory) Put(ctx context.Context, name string, body []byte, w runstore.Write) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.check(ctx, name, w.IfMatch); err != nil {
		return "", err
	}
	return m.replace(name, bytes.Clone(body), nil, w), nil
}

// SetMetadata implements runstore.Container.
func (m *Memory) SetMetadata(ctx context.Context, name, etag string, metadata map[string]string) (string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	b, err := m.find(ctx, name)
	if err != nil {
		return "", err
	}
	if err := m.check(ctx, name, etag); err != nil {
		return "", err
	}
	b.properties.Metadata = lowered(metadata)
	b.etag = m.next()
	return b.etag, nil
}

// Stage implements runstore.Container.
func (m *Memory) Stage(ctx context.Context, name, id string, body []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return err
	}
	b := m.blob(name)
	for other := range b.staged {
		if len(other) != len(id) {
			return fmt.Errorf("stage a block of blob %s: it has staged blocks with ids of another length", name)
		}
	}
	b.staged[id] = bytes.Clone(body)
	return nil
}

// Blocks implements runstore.Container.
func (m *Memory) Blocks(ctx context.Context, name string) (runstore.BlockList, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	b := m.blobs[name]
	if b == nil || !b.exists && len(b.staged) == 0 || ctx.Err() != nil {
		_, err := m.find(ctx, name)
		return runstore.BlockList{}, err
	}
	list := runstore.BlockList{Staged: slices.Sorted(maps.Keys(b.staged))}
	for _, block := range b.committed {
		list.ETag, list.Committed = b.etag, append(list.Committed, block.id)
	}
	return list, nil
}

// Commit implements runstore.Container.
func (m *Memory) Commit(ctx context.Context, name string, ids []string, w runstore.Write) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := m.check(ctx, name, w.IfMatch); err != nil {
		return err
	}
	b := m.blob(name)
	var blocks []block
	var body []byte
	for _, id := range ids {
		data, ok := b.staged[id]
		if i := slices.IndexFunc(b.committed, func(c block) bool { return c.id == id }); !ok && i >= 0 {
			data, ok = b.committed[i].body, true
		}
		if !ok {
			return fmt.Errorf("commit blob %s: %w", name, run.ErrBlocksLost)
		}
		blocks = append(blocks, block{id, data})
		body = append(body, data...)
	}
	m.replace(name, body, blocks, w)
	return nil
}

// List implements runstore.Container.
func (m *Memory) List(ctx context.Context, prefix string) iter.Seq2[runstore.Blob, error] {
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []runstore.Blob
	for _, name := range slices.Sorted(maps.Keys(m.blobs)) {
		if b := m.blobs[name]; b.exists && strings.HasPrefix(name, prefix) {
			found = append(found, b.describe(name))
		}
	}
	return func(yield func(runstore.Blob, error) bool) {
		for _, b := range found {
			if !yield(b, ctx.Err()) {
				return
			}
		}
	}
}

// Folders implements runstore.Container.
func (m *Memory) Folders(ctx context.Context, prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		last := ""
		for blob, err := range m.List(ctx, prefix) {
			if err != nil {
				yield("", err)
				return
			}
			folder, _, below := strings.Cut(strings.TrimPrefix(blob.Name, prefix), "/")
			if below && folder != last && !yield(folder, nil) {
				return
			}
			last = folder
		}
	}
}

// Link implements runstore.Container. Nothing answers at the address.
func (m *Memory) Link(ctx context.Context, name string, until time.Time) (string, error) {
	query := url.Values{"se": {until.UTC().Format(time.RFC3339)}}
	return "https://memory.example/" + name + "?" + query.Encode(), ctx.Err()
}

// Properties returns what the last write of the blob set.
func (m *Memory) Properties(name string) runstore.Write {
	m.mu.Lock()
	defer m.mu.Unlock()
	if b := m.blobs[name]; b != nil {
		return b.properties
	}
	return runstore.Write{}
}

func (m *Memory) find(ctx context.Context, name string) (*blob, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if b := m.blobs[name]; b != nil && b.exists {
		return b, nil
	}
	return nil, fmt.Errorf("read blob %s: %w", name, runstore.ErrNotFound)
}

func (m *Memory) check(ctx context.Context, name, etag string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	current := ""
	if b := m.blobs[name]; b != nil && b.exists {
		current = b.etag
	}
	if current != etag {
		return fmt.Errorf("write blob %s: %w", name, run.ErrRefused)
	}
	return nil
}

func (m *Memory) blob(name string) *blob {
	if m.blobs == nil {
		m.blobs = map[string]*blob{}
	}
	if m.blobs[name] == nil {
		m.blobs[name] = &blob{staged: map[string][]byte{}}
	}
	return m.blobs[name]
}

func (m *Memory) replace(name string, body []byte, blocks []block, w runstore.Write) string {
	b := m.blob(name)
	w.Metadata = lowered(w.Metadata)
	*b = blob{exists: true, etag: m.next(), body: body, properties: w, committed: blocks, staged: map[string][]byte{}}
	return b.etag
}

// lowered is a copy with keys in lower case.
func lowered(metadata map[string]string) map[string]string {
	lower := make(map[string]string, len(metadata))
	for key, value := range metadata {
		lower[strings.ToLower(key)] = value
	}
	return lower
}

func (m *Memory) next() string {
	m.version++
	return fmt.Sprintf("\"%d\"", m.version)
}

func (b *blob) describe(name string) runstore.Blob {
	return runstore.Blob{Name: name, ETag: b.etag, Metadata: maps.Clone(b.properties.Metadata)}
}
