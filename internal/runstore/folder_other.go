//go:build !windows

package runstore

import (
	"errors"
	"os"
	"syscall"
)

// tryLock reports whether this handle now has the file's lock.
func tryLock(file *os.File) (bool, error) {
	for {
		err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		switch {
		case errors.Is(err, syscall.EINTR):
			continue
		case errors.Is(err, syscall.EWOULDBLOCK):
			return false, nil
		}
		return err == nil, err
	}
}

// unlock does nothing: the lock ends with the handle.
func unlock(*os.File) {}

// isBusy: a file may be replaced here while it is open.
func isBusy(error) bool { return false }

// syncFolder makes the names in a folder survive a loss of power.
func syncFolder(root *os.Root, name string) error {
	folder, err := root.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
