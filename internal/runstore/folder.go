package runstore

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tenantrollup/internal/run"
)

// Folder is a container in a folder of this machine, for runs without a storage
// account. Blobs are files with the names of the blobs. What a file can't hold is
// in the folder .tenant-rollup next to them: ETags, metadata and staged blocks.
//
// Any number of processes may use it at once. Each operation holds the folder's
// lock, which ends with its process. A process may be killed at any moment: a blob
// is replaced when its properties are renamed into place, and the next process puts
// the content where the properties say it is.
//
// A file that somebody else has put there, or has changed in length, is a blob
// without metadata and blocks, as it would be in Azure.
type Folder struct {
	path   string // absolute
	root   *os.Root
	before func(step string) error // called before each change, by tests
}

// What is in a Folder in addition to the blobs.
const (
	ownFolder        = ".tenant-rollup"
	lockFile         = ownFolder + "/lock"
	propertiesFolder = ownFolder + "/properties"
	stagedFolder     = ownFolder + "/staged"
	unfinishedFolder = ownFolder + "/unfinished"
)

// OpenFolder returns the container in the folder at that path, which is created if
// it is missing. It finishes or removes what killed processes have left behind.
func OpenFolder(ctx context.Context, name string) (*Folder, error) {
	absolute, err := filepath.Abs(name)
	if err != nil {
		return nil, fmt.Errorf("open folder %s: %w", name, err)
	}
	if err := os.MkdirAll(absolute, 0o755); err != nil {
		return nil, folderFailure("create folder "+absolute, err)
	}
	root, err := os.OpenRoot(absolute)
	if err != nil {
		return nil, folderFailure("open folder "+absolute, err)
	}
	f := &Folder{path: absolute, root: root}
	for _, own := range []string{propertiesFolder, stagedFolder, unfinishedFolder} {
		if err := root.MkdirAll(own, 0o755); err != nil {
			return nil, errors.Join(folderFailure("create folder "+path.Join(absolute, own), err), root.Close())
		}
	}
	if err := f.locked(ctx, "tidy up folder "+absolute, f.tidyUp); err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return f, nil
}

// Path returns where the folder is.
func (f *Folder) Path() string { return f.path }

// Close releases the folder. Bodies from Get may still be read.
func (f *Folder) Close() error { return f.root.Close() }

// Head implements Container.
func (f *Folder) Head(ctx context.Context, name string) (blob Blob, err error) {
	err = f.locked(ctx, "read blob "+name, func() error {
		found, err := f.find(name)
		blob = found.blob()
		return err
	})
	return blob, err
}

// Get implements Container.
func (f *Folder) Get(ctx context.Context, name string) (blob Blob, body io.ReadCloser, err error) {
	err = f.locked(ctx, "read blob "+name, func() error {
		found, err := f.find(name)
		if err != nil {
			return err
		}
		blob = found.blob()
		body, err = f.root.Open(localName(name))
		return err
	})
	return blob, body, err
}

// Put implements Container.
func (f *Folder) Put(ctx context.Context, name string, body []byte, w Write) (etag string, err error) {
	err = f.locked(ctx, "write blob "+name, func() error {
		if _, err := f.meets(name, w.IfMatch); err != nil {
			return err
		}
		etag, err = f.replace(name, nil, w.Metadata, bytes.NewReader(body))
		return err
	})
	return etag, err
}

// SetMetadata implements Container.
func (f *Folder) SetMetadata(ctx context.Context, name, etag string, metadata map[string]string) (newETag string, err error) {
	err = f.locked(ctx, "write the metadata of blob "+name, func() error {
		found, err := f.find(name)
		if err != nil {
			return err
		}
		if found.ETag != etag {
			return run.ErrRefused
		}
		found.ETag, found.Metadata = randomETag(), lowered(metadata)
		newETag = found.ETag
		return f.writeProperties(found)
	})
	return newETag, err
}

// Stage implements Container.
func (f *Folder) Stage(ctx context.Context, name, id string, body []byte) error {
	return f.locked(ctx, "stage a block of blob "+name, func() error {
		block := stagedName(name, id)
		if err := f.sameLength(path.Dir(block), path.Base(block)); err != nil {
			return err
		}
		written, _, err := f.writeUnfinished(name, randomETag(), bytes.NewReader(body))
		if err != nil {
			return err
		}
		return f.move(written, block)
	})
}

// Blocks implements Container.
func (f *Folder) Blocks(ctx context.Context, name string) (list BlockList, err error) {
	err = f.locked(ctx, "read the block list of blob "+name, func() error {
		found, missing := f.find(name)
		if missing != nil && !errors.Is(missing, ErrNotFound) {
			return missing
		}
		list.ETag = found.ETag
		for _, block := range found.Blocks {
			list.Committed = append(list.Committed, block.ID)
		}
		if list.Staged, err = f.staged(name); err != nil || len(list.Staged) > 0 {
			return err
		}
		return missing
	})
	return list, err
}

// Commit implements Container.
func (f *Folder) Commit(ctx context.Context, name string, ids []string, w Write) error {
	return f.locked(ctx, "commit blob "+name, func() error {
		found, err := f.meets(name, w.IfMatch)
		if err != nil {
			return err
		}
		content := &chain{folder: f, name: name}
		defer content.close()
		blocks, err := content.of(ids, found.Blocks)
		if err != nil {
			return err
		}
		_, err = f.replace(name, blocks, w.Metadata, content)
		return err
	})
}

// List implements Container.
func (f *Folder) List(ctx context.Context, prefix string) iter.Seq2[Blob, error] {
	return func(yield func(Blob, error) bool) {
		names, err := f.names(prefix)
		if err != nil {
			yield(Blob{}, folderFailure("list blobs "+prefix, err))
			return
		}
		for _, name := range names {
			blob, err := f.Head(ctx, name)
			if errors.Is(err, ErrNotFound) {
				continue // deleted since
			}
			if !yield(blob, err) || err != nil {
				return
			}
		}
	}
}

// Folders implements Container.
func (f *Folder) Folders(_ context.Context, prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		names, err := f.names(prefix)
		if err != nil {
			yield("", folderFailure("list the folders of "+prefix, err))
			return
		}
		last := ""
		for _, name := range names {
			folder, _, below := strings.Cut(strings.TrimPrefix(name, prefix), "/")
			if below && folder != last && !yield(folder, nil) {
				return
			}
			last = folder
		}
	}
}

// names returns those of the files that begin with prefix, in order.
func (f *Folder) names(prefix string) ([]string, error) {
	var names []string
	begin := cmp.Or(strings.TrimSuffix(prefix[:strings.LastIndex(prefix, "/")+1], "/"), ".")
	err := fs.WalkDir(f.root.FS(), begin, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist): // all, or deleted since
			return nil
		case err != nil:
			return err
		case entry.IsDir():
			if name == ownFolder || name != "." && !strings.HasPrefix(name+"/", prefix) && !strings.HasPrefix(prefix, name+"/") {
				return fs.SkipDir
			}
		case strings.HasPrefix(name, prefix):
			names = append(names, name)
		}
		return nil
	})
	slices.Sort(names)
	return names, err
}

// Link implements Container. Only this machine can use the address.
func (f *Folder) Link(ctx context.Context, name string, until time.Time) (string, error) {
	address := url.URL{Scheme: "file", Path: path.Join("/", filepath.ToSlash(f.path), name)}
	address.RawQuery = url.Values{"se": {until.UTC().Format(time.RFC3339)}}.Encode()
	return address.String(), ctx.Err()
}

// lowered is a copy with keys in lower case, as Azure's are without case.
func lowered(metadata map[string]string) map[string]string {
	lower := make(map[string]string, len(metadata))
	for key, value := range metadata {
		lower[strings.ToLower(key)] = value
	}
	return lower
}
