package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/offercheck/offercheck/reports/vault"
)

// keysCmd carries the keys to where they are needed, sealed.
type keysCmd struct {
	Export keysExportCmd `cmd:"" help:"Write the keys into a sealed file: for another replica, or for a backup."`
	Import keysImportCmd `cmd:"" help:"Take the keys of such a file into KEY_DIR."`
}

type keysExportCmd struct {
	storage
	Replica    bool   `help:"For another replica on the same database, with the day keys, under a passphrase. Import it within the hour; it opens what is talked about for as long as this installation lives." xor:"for"`
	To         string `help:"For a backup, without the day keys, sealed to this age recipient." placeholder:"age1…" xor:"for"`
	Passphrase string `help:"File with the passphrase; else the first line of standard input." type:"existingfile" placeholder:"FILE"`
	File       string `arg:"" help:"Where to write it; it must not be there." type:"path"`
}

func (c *keysExportCmd) Run(_ context.Context, s streams) error {
	if c.Replica == (c.To != "") {
		return fmt.Errorf("%w: give --replica for another replica, or --to age1… for a backup", errUsage)
	}
	for _, dir := range []string{c.DataDir, c.keys()} {
		if inside(dir, c.File) {
			return fmt.Errorf("%w: write the file outside of DATA_DIR and KEY_DIR: who copies those must not get it too", errUsage)
		}
	}
	if _, err := os.Stat(filepath.Join(c.keys(), "limit.key")); err != nil {
		return fmt.Errorf("%w: there are no keys in %s yet; the first start makes them", errUsage, c.keys())
	}
	now := time.Now()
	v, err := vault.Open(c.keys(), now)
	if err != nil {
		return err
	}
	var file []byte
	if c.Replica {
		pass, err := member{Passphrase: c.Passphrase}.passphrase(s, bufio.NewReader(s.in))
		if err != nil {
			return err
		}
		file, err = v.ForReplica(now, pass)
		if err != nil {
			return fmt.Errorf("%w: %w", errUsage, err)
		}
	} else if file, err = v.ForBackup(now, c.To); err != nil {
		return fmt.Errorf("%w: --to: %w", errUsage, err)
	}
	f, err := os.OpenFile(c.File, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return fmt.Errorf("%w: write keys: %w", errUsage, err)
	}
	_, err = f.Write(file)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write keys: %w", errors.Join(err, os.Remove(c.File)))
	}
	told := "The keys are in %s, without those of the days. Keep it apart from the database.\n"
	if c.Replica {
		told = "The keys are in %s. Import it on the other machine within the hour: `offercheck keys import` destroys it there; destroy it here and on the way.\n"
	}
	_, err = fmt.Fprintf(s.out, told, c.File)
	return err
}

type keysImportCmd struct {
	storage
	Passphrase string `help:"Of keys for a replica: file with the passphrase; else the first line of standard input." type:"existingfile" placeholder:"FILE"`
	Identity   string `help:"Of a backup: file with the age key it was sealed to." type:"existingfile" placeholder:"FILE"`
	File       string `arg:"" help:"What export wrote. Keys for a replica are destroyed when they are in." type:"existingfile"`
}

func (c *keysImportCmd) Run(_ context.Context, s streams) error {
	file, err := os.ReadFile(c.File)
	if err != nil {
		return fmt.Errorf("%w: read keys: %w", errUsage, err)
	}
	if vault.Locked(file) {
		pass, err := member{Passphrase: c.Passphrase}.passphrase(s, bufio.NewReader(s.in))
		if err != nil {
			return err
		}
		if err := vault.ImportReplica(c.keys(), file, pass, time.Now()); err != nil {
			return err
		}
		if err := vault.Destroy(c.File); err != nil {
			return err
		}
		_, err = fmt.Fprintf(s.out, "The keys are in %s, and %s is destroyed.\n", c.keys(), c.File)
		return err
	}
	if c.Identity == "" {
		return fmt.Errorf("%w: these are keys of a backup: give --identity FILE, the age key they were sealed to", errUsage)
	}
	key, err := os.Open(c.Identity)
	if err != nil {
		return fmt.Errorf("%w: read identity: %w", errUsage, err)
	}
	defer key.Close()
	if err := vault.ImportBackup(c.keys(), file, key, time.Now()); err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "The keys are in %s. Talks that were going on, and what was to be tidied up, are gone: day keys are in no backup.\n", c.keys())
	return err
}
