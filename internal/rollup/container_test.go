package rollup_test

import (
	"bytes"
	"context"
	"io"
	"iter"

	"tenantrollup/internal/runstore"
)

// Head implements runstore.Container.
func (p *process) Head(ctx context.Context, name string) (found runstore.Blob, err error) {
	err = p.do(ctx, "read "+name, func(ctx context.Context) error {
		found, err = p.world.container.Head(ctx, name)
		return err
	})
	return found, err
}

// Get implements runstore.Container.
func (p *process) Get(ctx context.Context, name string) (found runstore.Blob, body io.ReadCloser, err error) {
	err = p.do(ctx, "read "+name, func(ctx context.Context) error {
		found, body, err = p.world.container.Get(ctx, name)
		return err
	})
	return found, body, err
}

// Blocks implements runstore.Container.
func (p *process) Blocks(ctx context.Context, name string) (blocks runstore.BlockList, err error) {
	err = p.do(ctx, "read "+name, func(ctx context.Context) error {
		blocks, err = p.world.container.Blocks(ctx, name)
		return err
	})
	return blocks, err
}

// Folders implements runstore.Container.
func (p *process) Folders(ctx context.Context, prefix string) (names iter.Seq2[string, error]) {
	err := p.do(ctx, "read "+prefix, func(ctx context.Context) error {
		names = p.world.container.Folders(ctx, prefix)
		return nil
	})
	if err != nil {
		return func(yield func(string, error) bool) { yield("", err) }
	}
	return names
}

// List implements runstore.Container.
func (p *process) List(ctx context.Context, prefix string) (blobs iter.Seq2[runstore.Blob, error]) {
	err := p.do(ctx, "read "+prefix, func(ctx context.Context) error {
		blobs = p.world.container.List(ctx, prefix)
		return nil
	})
	if err != nil {
		return func(yield func(runstore.Blob, error) bool) { yield(runstore.Blob{}, err) }
	}
	return blobs
}

// Put implements runstore.Container.
func (p *process) Put(ctx context.Context, name string, body []byte, w runstore.Write) (etag string, err error) {
	err = p.do(ctx, "put "+name, func(ctx context.Context) error {
		etag, err = p.world.container.Put(ctx, name, body, w)
		if err == nil && name == listName {
			p.world.watch.frozeList()
		}
		return err
	})
	return etag, err
}

// SetMetadata implements runstore.Container.
func (p *process) SetMetadata(ctx context.Context, name, etag string, metadata map[string]string) (next string, err error) {
	err = p.do(ctx, "note "+name, func(ctx context.Context) error {
		next, err = p.world.container.SetMetadata(ctx, name, etag, metadata)
		return err
	})
	return next, err
}

// Stage implements runstore.Container.
func (p *process) Stage(ctx context.Context, name, id string, body []byte) error {
	body = bytes.Clone(body) // whose memory may be requested again once it is used for something else
	return p.do(ctx, "stage "+name, func(ctx context.Context) error { return p.world.container.Stage(ctx, name, id, body) })
}

// Commit implements runstore.Container.
func (p *process) Commit(ctx context.Context, name string, ids []string, w runstore.Write) error {
	return p.do(ctx, "commit "+name, func(ctx context.Context) error {
		err := p.world.container.Commit(ctx, name, ids, w)
		if err == nil {
			p.world.watch.committed(name, w.Metadata)
		}
		return err
	})
}
