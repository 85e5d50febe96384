package main

import (
	"archive/zip"
	"bytes"
	"slices"
	"strings"
	"time"
)

// epoch is the earliest time that a zip can contain. Every file has it, so that the
// bytes don't depend on when they were made.
var epoch = time.Date(1980, time.January, 1, 0, 0, 0, 0, time.UTC)

// zipped is the archive of the files, in order of their names. It has the modes of
// files even if this system lacks them: the Functions host can't start a handler
// without its x.
func zipped(files []file) ([]byte, error) {
	inOrder := slices.SortedFunc(slices.Values(files), func(a, b file) int { return strings.Compare(a.name, b.name) })
	var archive bytes.Buffer
	w := zip.NewWriter(&archive)
	for _, f := range inOrder {
		header := zip.FileHeader{Name: f.name, Method: zip.Deflate, Modified: epoch}
		header.SetMode(f.mode)
		entry, err := w.CreateHeader(&header)
		if err != nil {
			return nil, err
		}
		if _, err := entry.Write(f.text); err != nil {
			return nil, err
		}
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return archive.Bytes(), nil
}
