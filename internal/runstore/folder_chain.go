package runstore

import (
	"errors"
	"io"
	"io/fs"
	"os"

	"tenantrollup/internal/run"
)

// chain reads the blocks of a commit one after another, each from where it is.
type chain struct {
	folder *Folder
	name   string
	pieces []piece
	file   *os.File // of the current piece
	rest   *io.SectionReader
}

// piece is one block: a staged file of its own, or a part of the blob's content.
type piece struct {
	file     string
	from, to int64
}

// of looks up the blocks, staged ones first, as Azure does. A missing one is
// run.ErrBlocksLost.
func (c *chain) of(ids []string, committed []folderBlock) ([]folderBlock, error) {
	places := map[string]piece{}
	from := int64(0)
	for _, block := range committed {
		places[block.ID] = piece{c.name, from, from + block.Size}
		from += block.Size
	}
	var blocks []folderBlock
	for _, id := range ids {
		place, known := places[id]
		info, err := c.folder.root.Stat(localName(stagedName(c.name, id)))
		switch {
		case err == nil:
			place = piece{stagedName(c.name, id), 0, info.Size()}
		case !errors.Is(err, fs.ErrNotExist):
			return nil, err
		case !known:
			return nil, run.ErrBlocksLost
		}
		c.pieces = append(c.pieces, place)
		blocks = append(blocks, folderBlock{id, place.to - place.from})
	}
	return blocks, nil
}

// Read implements io.Reader.
func (c *chain) Read(p []byte) (int, error) {
	for {
		if c.rest != nil {
			if n, err := c.rest.Read(p); n > 0 || err != io.EOF {
				return n, err
			}
		}
		if len(c.pieces) == 0 {
			return 0, io.EOF
		}
		if err := c.next(); err != nil {
			return 0, err
		}
	}
}

func (c *chain) next() error {
	c.close()
	next := c.pieces[0]
	file, err := c.folder.root.Open(localName(next.file))
	if err != nil {
		return err
	}
	c.pieces = c.pieces[1:]
	c.file, c.rest = file, io.NewSectionReader(file, next.from, next.to-next.from)
	return nil
}

func (c *chain) close() {
	if c.file != nil {
		c.file.Close()
	}
	c.file, c.rest = nil, nil
}
