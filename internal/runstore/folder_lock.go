package runstore

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"tenantrollup/internal/run"
)

// lockPause is how long to wait before trying again to get a lock that somebody
// else has.
const lockPause = 2 * time.Millisecond

// locked runs the named operation while nobody else changes or reads the folder.
// The system takes the lock away from a process that dies.
func (f *Folder) locked(ctx context.Context, operation string, do func() error) error {
	if err := ctx.Err(); err != nil {
		return fmt.Errorf("%s: %w", operation, err)
	}
	lock, err := f.root.OpenFile(localName(lockFile), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return folderFailure(operation, err)
	}
	defer lock.Close()
	for {
		mine, err := tryLock(lock)
		if err != nil {
			return folderFailure(operation, fmt.Errorf("lock %s: %w", lockFile, err))
		}
		if mine {
			break
		}
		select {
		case <-time.After(lockPause):
		case <-ctx.Done():
			return fmt.Errorf("%s: wait for the folder's lock: %w", operation, ctx.Err())
		}
	}
	defer unlock(lock)
	return folderFailure(operation, do())
}

// folderFailure says what the file system refused, and what to do.
func folderFailure(operation string, err error) error {
	if err == nil {
		return nil
	}
	if _, ofFiles := errors.AsType[*fs.PathError](err); !ofFiles {
		if _, ofRenames := errors.AsType[*os.LinkError](err); !ofRenames {
			return fmt.Errorf("%s: %w", operation, err)
		}
	}
	failure := &run.Failure{
		Class: run.ServiceFault, Transient: true,
		Message: fmt.Sprintf("Can't %s: %v.", operation, err),
		Remedy:  "Check that the disk is there and has room, and that this user may write to the folder.",
	}
	if isBusy(err) {
		failure.Remedy = "Close the file in the program that has it open, such as Excel, and check that this user may write to the folder."
	}
	return failure
}
