package runstore

import (
	"context"
	"errors"
	"io"
	"iter"
	"time"
)

// Container is a blob container, reduced to the requests that the protocol makes.
// runstoretest.Contract tests its contract on every implementation. Names are blob
// names inside the container.
//
// A conditional write that came too late is run.ErrRefused; a commit that names a
// missing block is run.ErrBlocksLost; a blob that does not exist is ErrNotFound.
// Anything else means that the outcome is unknown: from Azure, a *run.Failure that
// says why and, if it is a lock, what removes it.
type Container interface {
	// Head returns the blob's ETag and metadata. A blob that has only staged
	// blocks does not exist.
	Head(ctx context.Context, name string) (Blob, error)
	// Get is Head and the content, which stays that of this ETag until its end.
	Get(ctx context.Context, name string) (Blob, io.ReadCloser, error)
	// Put replaces content, metadata and headers at once.
	Put(ctx context.Context, name string, body []byte, w Write) (etag string, err error)
	// SetMetadata replaces the metadata of the blob that has this ETag.
	SetMetadata(ctx context.Context, name, etag string, metadata map[string]string) (newETag string, err error)
	// Stage uploads a block that stays invisible until a commit names it. It
	// changes neither content nor ETag.
	Stage(ctx context.Context, name, id string, body []byte) error
	// Blocks returns what the blob consists of, and what is staged for it.
	Blocks(ctx context.Context, name string) (BlockList, error)
	// Commit makes the blob consist of exactly these blocks, staged or
	// committed, and drops every other staged block.
	Commit(ctx context.Context, name string, ids []string, w Write) error
	// List yields the blobs whose names begin with prefix, in the order of
	// their names.
	List(ctx context.Context, prefix string) iter.Seq2[Blob, error]
	// Folders yields what is between prefix and the next slash in the names of the
	// blobs, each value once and in order, however many blobs share it.
	Folders(ctx context.Context, prefix string) iter.Seq2[string, error]
	// Link returns an address with which anybody may read the blob until then, and
	// nothing else. It is a secret, and its parameter "se" says until when. Whether
	// the blob exists is not checked.
	Link(ctx context.Context, name string, until time.Time) (string, error)
}

// Blob is what is known about a blob, without its content.
type Blob struct {
	Name     string
	ETag     string
	Metadata map[string]string // keys in lower case
}

// BlockList is the ids of a blob's blocks.
type BlockList struct {
	ETag      string   // of a blob that exists; may be empty if it has no committed blocks
	Committed []string // in the order of the content
	Staged    []string
}

// Write is the condition and the properties of a write. The properties replace all
// existing ones.
type Write struct {
	IfMatch     string // the ETag that the blob must have; empty: it must not exist
	Metadata    map[string]string
	ContentType string
	FileName    string // what a browser saves it as; empty: no Content-Disposition
	MD5         []byte // of the content, stored for those who download it
}

// ErrNotFound says that there is no such blob.
var ErrNotFound = errors.New("no such blob")
