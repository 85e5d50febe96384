package runstore

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"tenantrollup/internal/run"
)

// properties are what a Folder keeps about a blob in addition to its content.
type properties struct {
	Name     string            `json:"name"`
	ETag     string            `json:"etag"`
	Size     int64             `json:"size"` // of the content, in bytes
	Metadata map[string]string `json:"metadata,omitempty"`
	Blocks   []folderBlock     `json:"blocks,omitempty"` // that the content consists of, in order
}

type folderBlock struct {
	ID   string `json:"id"`
	Size int64  `json:"size"` // in bytes
}

func (p properties) blob() Blob { return Blob{Name: p.Name, ETag: p.ETag, Metadata: p.Metadata} }

// areOf reports whether the file is the one that was written with the properties,
// as far as its length shows: the time of a file changes when it is copied.
func (p properties) areOf(file fs.FileInfo) bool { return p.ETag != "" && p.Size == file.Size() }

var errOtherCase = errors.New("there is another blob whose name differs only in case, and this file system ignores case: rename the report")

// find returns the blob as it is, after finishing what a killed process has begun.
func (f *Folder) find(name string) (properties, error) {
	if _, err := filepath.Localize(name); err != nil {
		return properties{}, fmt.Errorf("%q can't be the name of a file on this system", name)
	}
	kept, err := f.readProperties(name)
	if err != nil {
		return properties{}, err
	}
	if err := f.settle(kept); err != nil {
		return properties{}, err
	}
	info, err := f.root.Stat(localName(name))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return properties{}, ErrNotFound
	case err != nil:
		return properties{}, err
	case info.IsDir():
		return properties{}, ErrNotFound
	case !kept.areOf(info):
		return properties{Name: name, Size: info.Size(), ETag: fmt.Sprintf("%d-%d", info.ModTime().UnixNano(), info.Size())}, nil
	}
	return kept, nil
}

// meets returns the blob if it has that ETag, or the zero value if the ETag is
// empty and there is none.
func (f *Folder) meets(name, etag string) (properties, error) {
	found, err := f.find(name)
	if errors.Is(err, ErrNotFound) {
		found, err = properties{}, nil
	}
	if err == nil && found.ETag != etag {
		err = run.ErrRefused
	}
	return found, err
}

// readProperties returns the zero value if there are none.
func (f *Folder) readProperties(name string) (properties, error) {
	var kept properties
	text, err := f.root.ReadFile(localName(propertiesName(name)))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return properties{}, nil
	case err != nil:
		return properties{}, err
	}
	if err := json.Unmarshal(text, &kept); err != nil {
		return properties{}, fmt.Errorf("file %s: %w", propertiesName(name), err)
	}
	if kept.Name != name {
		return properties{}, errOtherCase
	}
	return kept, nil
}

func propertiesName(name string) string { return propertiesFolder + "/" + name + ".json" }

func stagedName(name, id string) string {
	return stagedFolder + "/" + name + "/" + hex.EncodeToString([]byte(id)) // ids have capitals and slashes
}

func localName(name string) string { return filepath.FromSlash(name) }

func randomETag() string {
	var random [12]byte
	rand.Read(random[:])
	return hex.EncodeToString(random[:])
}
