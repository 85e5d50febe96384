package runstore

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path"
	"strings"
	"time"
)

// replace gives the blob new content and properties. The moment in which the
// properties are renamed into place decides: what is killed before has changed
// nothing, and what is killed after is finished by settle.
func (f *Folder) replace(name string, blocks []folderBlock, metadata map[string]string, content io.Reader) (etag string, err error) {
	p := properties{Name: name, ETag: randomETag(), Metadata: lowered(metadata), Blocks: blocks}
	written, size, err := f.writeUnfinished(name, p.ETag, content)
	if err != nil {
		return "", err
	}
	p.Size = size
	if err := f.writeProperties(p); err != nil {
		return "", errors.Join(err, f.remove(written))
	}
	return p.ETag, f.settle(p)
}

// writeProperties replaces the properties of a blob in one step.
func (f *Folder) writeProperties(p properties) error {
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	written, _, err := f.writeUnfinished(p.Name, p.ETag+propertiesSuffix, bytes.NewReader(text))
	if err != nil {
		return err
	}
	if err := f.move(written, propertiesName(p.Name)); err != nil {
		return errors.Join(err, f.remove(written))
	}
	return nil
}

// propertiesSuffix keeps new properties from being mistaken for content.
const propertiesSuffix = ".json"

// settle moves the content of the properties into place, if it isn't there yet, and
// drops everything else that is staged.
func (f *Folder) settle(p properties) error {
	if p.ETag == "" {
		return nil
	}
	written := unfinishedName(p.Name, p.ETag)
	if _, err := f.root.Stat(localName(written)); err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	}
	if err := f.dropStaged(p.Name); err != nil {
		return err
	}
	return f.move(written, p.Name)
}

// unfinishedName is one name without folders, from which tidyUp reads the blob's.
func unfinishedName(name, etag string) string {
	return unfinishedFolder + "/" + url.PathEscape(name) + "~" + etag
}

// writeUnfinished writes a file that nobody reads yet, and flushes it to the disk.
func (f *Folder) writeUnfinished(name, etag string, content io.Reader) (file string, size int64, err error) {
	file = unfinishedName(name, etag)
	if err := f.ask("write " + file); err != nil {
		return "", 0, err
	}
	out, err := f.root.OpenFile(localName(file), os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o644)
	if err != nil {
		return "", 0, err
	}
	size, err = io.Copy(out, content)
	if err == nil {
		err = out.Sync()
	}
	if err = errors.Join(err, out.Close()); err != nil {
		return "", 0, errors.Join(err, f.remove(file)) // a full disk needs the room
	}
	return file, size, nil
}

// remove removes an unfinished file.
func (f *Folder) remove(file string) error {
	if err := f.ask("remove " + file); err != nil {
		return err
	}
	if err := f.root.Remove(localName(file)); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// busyPause and busyTries are how long a file may be open elsewhere, such as in a
// virus scanner, before replacing it fails. Only Windows refuses that.
const (
	busyPause = 50 * time.Millisecond
	busyTries = 60
)

// move renames a file to a place whose folders may be missing.
func (f *Folder) move(from, to string) error {
	if err := f.ask("rename " + from + " to " + to); err != nil {
		return err
	}
	if err := f.root.MkdirAll(localName(path.Dir(to)), 0o755); err != nil {
		return err
	}
	err := f.root.Rename(localName(from), localName(to))
	for try := 1; isBusy(err) && try < busyTries; try++ {
		time.Sleep(busyPause)
		err = f.root.Rename(localName(from), localName(to))
	}
	if err != nil {
		return err
	}
	return syncFolder(f.root, localName(path.Dir(to)))
}

// dropStaged removes what is staged for a blob, and the folders that are empty
// then.
func (f *Folder) dropStaged(name string) error {
	folder := stagedFolder + "/" + name
	if err := f.ask("remove " + folder); err != nil {
		return err
	}
	if err := f.root.RemoveAll(localName(folder)); err != nil {
		return err
	}
	for folder = path.Dir(folder); folder != stagedFolder; folder = path.Dir(folder) {
		if f.root.Remove(localName(folder)) != nil {
			break // another blob has staged blocks in it
		}
	}
	return nil
}

// sameLength refuses a block whose id differs in length from those that are staged,
// as Azure does.
func (f *Folder) sameLength(folder, block string) error {
	entries, err := f.root.Open(localName(folder))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer entries.Close()
	names, err := entries.Readdirnames(1)
	if err != nil && err != io.EOF {
		return err
	}
	if len(names) > 0 && len(names[0]) != len(block) {
		return errors.New("it has staged blocks with ids of another length")
	}
	return nil
}

// staged returns the ids of the blocks that are staged for a blob.
func (f *Folder) staged(name string) (ids []string, err error) {
	entries, err := fs.ReadDir(f.root.FS(), stagedFolder+"/"+name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	for _, entry := range entries {
		id, err := hex.DecodeString(entry.Name())
		if err != nil {
			return nil, fmt.Errorf("file %s of blob %s: %w", entry.Name(), name, err)
		}
		ids = append(ids, string(id))
	}
	return ids, nil
}

// stagedFor is how long staged blocks are kept, as in Azure.
const stagedFor = 7 * 24 * time.Hour

// tidyUp finishes or removes what killed processes have left behind.
func (f *Folder) tidyUp() error {
	left, err := fs.ReadDir(f.root.FS(), unfinishedFolder)
	if err != nil {
		return err
	}
	for _, entry := range left {
		kept, err := f.decided(entry.Name())
		if err == nil {
			err = f.settle(kept)
		} else {
			err = f.root.Remove(localName(unfinishedFolder + "/" + entry.Name()))
		}
		if err != nil {
			return err
		}
	}
	return f.dropOld()
}

// decided returns the properties that an unfinished file belongs to.
func (f *Folder) decided(file string) (properties, error) {
	at := strings.LastIndex(file, "~")
	if at < 0 {
		return properties{}, ErrNotFound
	}
	name, err := url.PathUnescape(file[:at])
	if err != nil {
		return properties{}, err
	}
	kept, err := f.readProperties(name)
	if err == nil && kept.ETag != file[at+1:] {
		err = ErrNotFound
	}
	return kept, err
}

// dropOld removes staged blocks that nobody has committed within a week.
func (f *Folder) dropOld() error {
	return fs.WalkDir(f.root.FS(), stagedFolder, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err != nil || time.Since(info.ModTime()) < stagedFor {
			return err
		}
		if err := f.root.Remove(localName(name)); err != nil {
			return fmt.Errorf("remove an old block: %w", err)
		}
		return nil
	})
}

// ask lets a test end the process before a step.
func (f *Folder) ask(step string) error {
	if f.before == nil {
		return nil
	}
	return f.before(step)
}
