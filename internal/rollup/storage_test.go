package rollup_test

import (
	"context"

	"tenantrollup/internal/runstore"
)

// hooked is a container that asks before each write what to do with it. The argument is
// a verb and the blob's name, such as "stage a.csv".
type hooked struct {
	runstore.Container
	before func(ctx context.Context, what string, metadata map[string]string) error
}

// hook has the night's storage ask before each write.
func (n *night) hook(before func(ctx context.Context, what string, metadata map[string]string) error) {
	n.store = runstore.New(&hooked{&n.container, before})
}

func (h *hooked) Put(ctx context.Context, name string, body []byte, w runstore.Write) (string, error) {
	if err := h.before(ctx, "put "+name, w.Metadata); err != nil {
		return "", err
	}
	return h.Container.Put(ctx, name, body, w)
}

func (h *hooked) SetMetadata(ctx context.Context, name, etag string, metadata map[string]string) (string, error) {
	if err := h.before(ctx, "note "+name, metadata); err != nil {
		return "", err
	}
	return h.Container.SetMetadata(ctx, name, etag, metadata)
}

func (h *hooked) Stage(ctx context.Context, name, id string, body []byte) error {
	if err := h.before(ctx, "stage "+name, nil); err != nil {
		return err
	}
	return h.Container.Stage(ctx, name, id, body)
}

func (h *hooked) Commit(ctx context.Context, name string, ids []string, w runstore.Write) error {
	if err := h.before(ctx, "commit "+name, w.Metadata); err != nil {
		return err
	}
	return h.Container.Commit(ctx, name, ids, w)
}
