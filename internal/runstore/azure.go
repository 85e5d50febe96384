package runstore

import (
	"bytes"
	"context"
	"io"
	"iter"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/azcore/streaming"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/blockblob"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"

	"tenantrollup/internal/refusal"
)

// Azure is a container of Azure Blob Storage. A container that is missing is
// created at the first write.
type Azure struct {
	client *container.Client
	sign   Signer
	words
}

// NewAzure returns the client's container, whose links sign signs.
func NewAzure(client *container.Client, sign Signer) *Azure {
	return &Azure{client: client, sign: sign}
}

// Hide also removes these secrets from what storage says, from now on.
func (a *Azure) Hide(secrets *refusal.Secrets) { a.secrets = secrets }

// Head implements Container.
func (a *Azure) Head(ctx context.Context, name string) (Blob, error) {
	properties, err := a.client.NewBlobClient(name).GetProperties(ctx, nil)
	if err != nil {
		return Blob{}, a.readError("read blob "+name, err)
	}
	return Blob{Name: name, ETag: string(*properties.ETag), Metadata: lowerKeys(properties.Metadata)}, nil
}

// Get implements Container. If the connection breaks in the middle of the
// body, reading continues at the same version.
func (a *Azure) Get(ctx context.Context, name string) (Blob, io.ReadCloser, error) {
	response, err := a.client.NewBlobClient(name).DownloadStream(ctx, nil)
	if err != nil {
		return Blob{}, nil, a.readError("read blob "+name, err)
	}
	found := Blob{Name: name, ETag: string(*response.ETag), Metadata: lowerKeys(response.Metadata)}
	return found, content{response.NewRetryReader(ctx, nil), a.words, name}, nil
}

// Put implements Container.
func (a *Azure) Put(ctx context.Context, name string, body []byte, w Write) (string, error) {
	put := func() (string, error) {
		response, err := a.client.NewBlockBlobClient(name).Upload(ctx, streaming.NopCloser(bytes.NewReader(body)), &blockblob.UploadOptions{
			Metadata:         pointers(w.Metadata),
			HTTPHeaders:      w.headers(),
			AccessConditions: condition(w.IfMatch),
		})
		if err != nil {
			return "", err
		}
		return string(*response.ETag), nil
	}
	etag, err := put()
	if bloberror.HasCode(err, bloberror.ContainerNotFound) {
		if err := a.create(ctx); err != nil {
			return "", err
		}
		etag, err = put()
	}
	return etag, a.writeError("write blob "+name, err)
}

func (a *Azure) create(ctx context.Context) error {
	_, err := a.client.Create(ctx, nil)
	if bloberror.HasCode(err, bloberror.ContainerAlreadyExists) {
		return nil
	}
	return a.plainError("create the container", err)
}

// SetMetadata implements Container.
func (a *Azure) SetMetadata(ctx context.Context, name, etag string, metadata map[string]string) (string, error) {
	response, err := a.client.NewBlobClient(name).SetMetadata(ctx, pointers(metadata), &blob.SetMetadataOptions{
		AccessConditions: condition(etag),
	})
	if err != nil {
		return "", a.writeError("write the metadata of blob "+name, err)
	}
	return string(*response.ETag), nil
}

// Stage implements Container.
func (a *Azure) Stage(ctx context.Context, name, id string, body []byte) error {
	_, err := a.client.NewBlockBlobClient(name).StageBlock(ctx, id, streaming.NopCloser(bytes.NewReader(body)), nil)
	return a.plainError("stage a block of blob "+name, err)
}

// Blocks implements Container.
func (a *Azure) Blocks(ctx context.Context, name string) (BlockList, error) {
	response, err := a.client.NewBlockBlobClient(name).GetBlockList(ctx, blockblob.BlockListTypeAll, nil)
	if err != nil {
		return BlockList{}, a.readError("read the block list of blob "+name, err)
	}
	list := BlockList{Committed: names(response.CommittedBlocks), Staged: names(response.UncommittedBlocks)}
	if response.ETag != nil {
		list.ETag = string(*response.ETag)
	}
	return list, nil
}

func names(blocks []*blockblob.Block) (ids []string) {
	for _, block := range blocks {
		ids = append(ids, *block.Name)
	}
	return ids
}

// Commit implements Container.
func (a *Azure) Commit(ctx context.Context, name string, ids []string, w Write) error {
	_, err := a.client.NewBlockBlobClient(name).CommitBlockList(ctx, ids, &blockblob.CommitBlockListOptions{
		Metadata:         pointers(w.Metadata),
		HTTPHeaders:      w.headers(),
		AccessConditions: condition(w.IfMatch),
	})
	return a.writeError("commit blob "+name, err)
}

// List implements Container.
func (a *Azure) List(ctx context.Context, prefix string) iter.Seq2[Blob, error] {
	return func(yield func(Blob, error) bool) {
		pager := a.client.NewListBlobsFlatPager(&container.ListBlobsFlatOptions{
			Prefix:     &prefix,
			MaxResults: new(int32(pageOfBlobs)),
			Include:    container.ListBlobsInclude{Metadata: true},
		})
		for pager.More() {
			page, err := pager.NextPage(ctx)
			if bloberror.HasCode(err, bloberror.ContainerNotFound) {
				return
			}
			if err != nil {
				yield(Blob{}, a.plainError("list blobs "+prefix, err))
				return
			}
			for _, item := range page.Segment.BlobItems {
				if !yield(Blob{Name: *item.Name, ETag: string(*item.Properties.ETag), Metadata: lowerKeys(item.Metadata)}, nil) {
					return
				}
			}
		}
	}
}

// Folders implements Container.
func (a *Azure) Folders(ctx context.Context, prefix string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		pager := a.client.NewListBlobsHierarchyPager("/", &container.ListBlobsHierarchyOptions{Prefix: &prefix})
		for pager.More() {
			page, err := pager.NextPage(ctx)
			if bloberror.HasCode(err, bloberror.ContainerNotFound) {
				return
			}
			if err != nil {
				yield("", a.plainError("list the folders of "+prefix, err))
				return
			}
			for _, folder := range page.Segment.BlobPrefixes {
				name := strings.TrimSuffix(strings.TrimPrefix(*folder.Name, prefix), "/")
				if !yield(name, nil) {
					return
				}
			}
		}
	}
}

func (w Write) headers() *blob.HTTPHeaders {
	headers := &blob.HTTPHeaders{BlobContentType: &w.ContentType, BlobContentMD5: w.MD5}
	if w.FileName != "" {
		headers.BlobContentDisposition = new(`attachment; filename="` + w.FileName + `"`)
	}
	return headers
}

func condition(etag string) *blob.AccessConditions {
	if etag == "" {
		return &blob.AccessConditions{ModifiedAccessConditions: &blob.ModifiedAccessConditions{IfNoneMatch: new(azcore.ETagAny)}}
	}
	return &blob.AccessConditions{ModifiedAccessConditions: &blob.ModifiedAccessConditions{IfMatch: new(azcore.ETag(etag))}}
}

func pointers(metadata map[string]string) map[string]*string {
	out := make(map[string]*string, len(metadata))
	for key, value := range metadata {
		out[key] = &value
	}
	return out
}

func lowerKeys(metadata map[string]*string) map[string]string {
	out := make(map[string]string, len(metadata))
	for key, value := range metadata {
		if value != nil {
			out[strings.ToLower(key)] = *value
		}
	}
	return out
}
