package vault

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"filippo.io/age"
)

const (
	exportTitle = "offercheck keys 1"
	forReplica  = "replica"
	forBackup   = "backup"
)

// replicaTime is how long keys for a replica may be on their way. Whoever has the
// key of a day works out those of all later ones, so such a file must not lie about.
const replicaTime = time.Hour

// What Import answers when it cannot.
var (
	// ErrOld: the keys for a replica were longer on their way than an hour.
	ErrOld = errors.New("these keys are older than an hour: export them again, and destroy this file")
	// ErrOtherKeys: KEY_DIR holds other keys already.
	ErrOtherKeys = errors.New("KEY_DIR holds other keys already, and they are not written over")
)

// ForReplica is all keys, those of the days too, for another process on the same
// database, sealed to a passphrase. It must be imported within the hour and then
// destroyed: it opens what any later day seals.
func (v *Vault) ForReplica(now time.Time, passphrase string) ([]byte, error) {
	if err := v.Reach(now); err != nil {
		return nil, err
	}
	plain := v.export(now, forReplica)
	defer clear(plain)
	return lockBy(passphrase, plain)
}

// ForBackup is the keys without those of the days, sealed to an age recipient whose
// private half is kept elsewhere. With it and the database reports go on where
// they were; what was talked about and to be tidied up is gone.
func (v *Vault) ForBackup(now time.Time, to string) ([]byte, error) {
	r, err := recipient(to)
	if err != nil {
		return nil, err
	}
	if err := v.Reach(now); err != nil {
		return nil, err
	}
	plain := v.export(now, forBackup)
	defer clear(plain)
	file, err := encrypt(plain, r)
	if err != nil {
		return nil, fmt.Errorf("export keys: %w", err)
	}
	return file, nil
}

func (v *Vault) export(now time.Time, whatFor string) []byte {
	v.mu.Lock()
	defer v.mu.Unlock()
	out := fmt.Appendf(nil, "%s\n%s %d\n", exportTitle, whatFor, now.Unix())
	for _, k := range []struct {
		file string
		key  *[keySize]byte
	}{{chatFile, &v.chat}, {indexFile, &v.index}, {routeFile, &v.route}, {saltFile, &v.salt}} {
		out = fmt.Appendf(out, "%s %x\n", k.file, hex.EncodeToString(k.key[:])+"\n")
	}
	if whatFor == forReplica {
		out = fmt.Appendf(out, "%s %x\n", dayFile, v.days.text())
	}
	return fmt.Appendf(out, "%s %x\n", limitFile, v.limits.text()) // the last, as everywhere
}

// Locked says whether exported keys are sealed to a passphrase: then they are for
// a replica.
func Locked(file []byte) bool {
	head, _, _ := bytes.Cut(file, []byte("\n---"))
	return bytes.Contains(head, []byte("\n-> scrypt "))
}

// ImportReplica puts the keys ForReplica made into dir. The file is to be destroyed
// then.
func ImportReplica(dir string, file []byte, passphrase string, now time.Time) error {
	plain, err := unlockBy(passphrase, file)
	if err != nil {
		return fmt.Errorf("import keys: %w", err)
	}
	defer clear(plain)
	return imported(dir, plain, forReplica, now)
}

// ImportBackup puts the keys ForBackup made into dir; keys is a file of the private
// half they were sealed to, as age makes it.
func ImportBackup(dir string, file []byte, keys io.Reader, now time.Time) error {
	ids, err := age.ParseIdentities(keys)
	if err != nil {
		return errors.New("import keys: the identity is no file of age keys") // its own error may quote a key
	}
	var plain []byte
	err = ErrNotYours
	for _, id := range ids {
		if plain, err = decrypt(file, id); !errors.Is(err, ErrNotYours) {
			break
		}
	}
	if err != nil {
		return fmt.Errorf("import keys: %w", err)
	}
	defer clear(plain)
	return imported(dir, plain, forBackup, now)
}

func imported(dir string, plain []byte, whatFor string, now time.Time) error {
	made, files, err := readExport(plain, whatFor)
	if err != nil {
		return fmt.Errorf("import keys: %w", err)
	}
	if age := now.Sub(made); whatFor == forReplica && (age > replicaTime || age < -replicaTime) {
		return fmt.Errorf("import keys: %w", ErrOld)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("import keys: %w", err)
	}
	if err := closeToOthers(dir, 0o700); err != nil {
		return fmt.Errorf("import keys: %w", err)
	}
	// All are looked at before one is written. Those that are there already and are
	// the same may be of an import that broke off.
	for _, f := range files {
		there, err := os.ReadFile(filepath.Join(dir, f.name))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return fmt.Errorf("import keys: %w", err)
		}
		if !bytes.Equal(there, f.text) {
			return fmt.Errorf("import keys: %w", ErrOtherKeys)
		}
	}
	if whatFor == forBackup { // day keys that are there belong to other keys than these
		if _, err := os.Stat(filepath.Join(dir, limitFile)); errors.Is(err, fs.ErrNotExist) {
			if _, err := os.Stat(filepath.Join(dir, dayFile)); err == nil {
				return fmt.Errorf("import keys: %w", ErrOtherKeys)
			}
		}
	}
	for _, f := range files {
		if err := create(filepath.Join(dir, f.name), f.text); err != nil {
			return fmt.Errorf("import keys: %w", err)
		}
	}
	_, err = Open(dir, now)
	return err
}

type keyFile struct {
	name string
	text []byte
}

// readExport reads what export wrote, and refuses everything else.
func readExport(plain []byte, whatFor string) (made time.Time, files []keyFile, err error) {
	lines := strings.Split(string(plain), "\n")
	names := []string{chatFile, indexFile, routeFile, saltFile, limitFile}
	if whatFor == forReplica {
		names = []string{chatFile, indexFile, routeFile, saltFile, dayFile, limitFile}
	}
	if len(lines) != 2+len(names)+1 || lines[0] != exportTitle || lines[len(lines)-1] != "" {
		return made, nil, ErrForged
	}
	var seconds int64
	if n, err := fmt.Sscanf(lines[1], whatFor+" %d", &seconds); n != 1 || err != nil {
		return made, nil, ErrForged
	}
	for i, name := range names {
		got, digits, ok := strings.Cut(lines[2+i], " ")
		text, err := hex.DecodeString(digits)
		if !ok || got != name || err != nil {
			return made, nil, ErrForged
		}
		switch name {
		case dayFile:
			_, err = dayKeys().parse(text)
		case limitFile:
			_, err = limitKeys().parse(text)
		default:
			var key [keySize]byte
			if !unhex(key[:], bytes.TrimSuffix(text, []byte("\n"))) {
				err = ErrForged
			}
		}
		if err != nil {
			return made, nil, ErrForged
		}
		files = append(files, keyFile{name, text})
	}
	return time.Unix(seconds, 0), files, nil
}

// Destroy writes zeros over a file and removes it. On a disk that writes elsewhere
// than it says the old bytes may still be there.
func Destroy(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("destroy keys: %w", err)
	}
	info, err := f.Stat()
	if err == nil {
		_, err = f.WriteAt(make([]byte, info.Size()), 0)
	}
	if err = errors.Join(err, f.Sync(), f.Close(), os.Remove(path)); err != nil {
		return fmt.Errorf("destroy keys: %w", err)
	}
	return nil
}
