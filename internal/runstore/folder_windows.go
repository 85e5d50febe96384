package runstore

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// lockedBytes is how many bytes of the lock file the lock is on.
const lockedBytes = 1

// tryLock reports whether this handle now has the file's lock.
//
// Source: https://learn.microsoft.com/windows/win32/api/fileapi/nf-fileapi-lockfileex
func tryLock(file *os.File) (bool, error) {
	err := windows.LockFileEx(windows.Handle(file.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY,
		0, lockedBytes, 0, new(windows.Overlapped))
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return false, nil
	}
	return err == nil, err
}

// unlock releases the lock before the handle is closed: otherwise Windows takes its
// time.
func unlock(file *os.File) {
	windows.UnlockFileEx(windows.Handle(file.Fd()), 0, lockedBytes, 0, new(windows.Overlapped))
}

// isBusy reports whether a file can't be replaced because it is open elsewhere.
func isBusy(err error) bool {
	for _, code := range []error{windows.ERROR_SHARING_VIOLATION, windows.ERROR_ACCESS_DENIED, windows.ERROR_USER_MAPPED_FILE} {
		if errors.Is(err, code) {
			return true
		}
	}
	return false
}

// syncFolder does nothing: Windows does not flush folders.
func syncFolder(*os.Root, string) error { return nil }
