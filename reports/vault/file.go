package vault

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// unhex fills into from exactly as many hexadecimal digits as it takes.
func unhex(into, digits []byte) bool {
	if len(digits) != hex.EncodedLen(len(into)) {
		return false
	}
	_, err := hex.Decode(into, digits)
	return err == nil
}

// closeToOthers takes away every right but the owner's.
func closeToOthers(path string, mode fs.FileMode) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if info.Mode().Perm()&^mode == 0 {
		return nil
	}
	if err := os.Chmod(path, mode); err != nil {
		return fmt.Errorf("others can read it: %w", err)
	}
	return nil
}

// writable makes sure that files can be made in dir.
func writable(dir string) error {
	f, err := os.CreateTemp(dir, ".writable-*")
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

func draftName(path string) string {
	return filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+"-")
}

// write puts text on the disk in a draft beside path and answers its name.
func write(path string, text []byte) (string, error) {
	draft := draftName(path) + rand.Text()
	f, err := os.OpenFile(draft, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return "", err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return "", errors.Join(err, os.Remove(draft))
	}
	return draft, nil
}

// sweep takes away drafts that a crash left behind, for there are keys in them.
// What is younger than an hour may be another process at work.
func sweep(path string, now time.Time) error {
	drafts, err := filepath.Glob(draftName(path) + "*")
	if err != nil {
		return err
	}
	for _, draft := range drafts {
		if info, err := os.Stat(draft); err != nil || now.Sub(info.ModTime()) < time.Hour {
			continue
		}
		if err := os.Remove(draft); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// create writes a new file whole, on the disk, or leaves the one that is there.
func create(path string, text []byte) error {
	draft, err := write(path, text)
	if err != nil {
		return err
	}
	defer os.Remove(draft)
	// A link, unlike a rename, does not put itself over a file that another
	// process made meanwhile.
	if err := os.Link(draft, path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return syncDir(filepath.Dir(path))
}

// replace puts text in the place of a file in one step and then writes zeros
// over what stood there, so that an old key is not left on the disk.
func replace(path string, text []byte) error {
	old, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer old.Close()
	info, err := old.Stat()
	if err != nil {
		return err
	}
	draft, err := write(path, text)
	if err != nil {
		return err
	}
	if err := os.Rename(draft, path); err != nil {
		return errors.Join(err, os.Remove(draft))
	}
	if err := syncDir(filepath.Dir(path)); err != nil {
		return err
	}
	if _, err := old.WriteAt(make([]byte, info.Size()), 0); err != nil {
		return err
	}
	return old.Sync()
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(d.Sync(), d.Close())
}
