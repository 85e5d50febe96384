package runstore

import (
	"bufio"
	"errors"
	"fmt"
	"net/http"
)

const (
	logLineLimit  = 1 << 20 // bytes; ours have a few KB
	listLineLimit = 2 << 20 // a line of the list quotes a line of the log

	// pageOfBlobs is four blobs a day for a month. The metadata of each may have 8
	// KiB, so that a page of them stays within answerLimit.
	pageOfBlobs = 128
	answerLimit = 2 << 20
	// blockListLimit is for the 50,000 blocks that a blob may have.
	blockListLimit = 8 << 20
)

// AnswerLimit returns how many bytes storage's answer to the request may have; 0
// is for the content of a blob, which this package reads piece by piece.
func AnswerLimit(req *http.Request) int64 {
	query := req.URL.Query()
	switch {
	case query.Get("comp") == "blocklist":
		return blockListLimit
	case req.Method == http.MethodGet && !query.Has("comp") && !query.Has("restype"):
		return 0
	}
	return answerLimit
}

// readLine reads to the end of a line, like bufio.Reader.ReadBytes, and fails if
// the line has more than limit bytes.
func readLine(from *bufio.Reader, limit int) ([]byte, error) {
	var line []byte
	for {
		piece, err := from.ReadSlice('\n')
		line = append(line, piece...)
		if len(line) > limit {
			return nil, fmt.Errorf("it has more than %d MiB", limit>>20)
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return line, err
		}
	}
}
