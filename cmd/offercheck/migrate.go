package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"github.com/offercheck/offercheck/reports/db"
)

// storage says where things are kept; every command that keeps something has it.
type storage struct {
	DataDir     string `help:"Folder for the database." env:"DATA_DIR" default:"data" placeholder:"DIR"`
	DatabaseURL string `help:"postgres://… instead of SQLite in the data folder." env:"DATABASE_URL" placeholder:"URL"`
	KeyDir      string `help:"Folder for the keys; keys in the data folder by default." env:"KEY_DIR" placeholder:"DIR"`
}

func (s storage) keys() string {
	if s.KeyDir != "" {
		return s.KeyDir
	}
	return filepath.Join(s.DataDir, "keys")
}

// open opens the database and brings it up to this version's schema.
func (s storage) open(ctx context.Context) (*db.DB, error) {
	dsn := s.DatabaseURL
	if dsn == "" {
		if err := os.MkdirAll(s.DataDir, 0o700); err != nil {
			return nil, fmt.Errorf("use DATA_DIR: %w", err)
		}
		dsn = filepath.Join(s.DataDir, "bot.db")
	}
	d, err := db.Open(ctx, dsn)
	if err != nil {
		return nil, err
	}
	if err := d.Migrate(ctx); err != nil {
		d.Close()
		return nil, err
	}
	return d, nil
}

type migrateCmd struct {
	storage
}

func (c *migrateCmd) Run(ctx context.Context, s streams) error {
	d, err := c.open(ctx)
	if err != nil {
		return err
	}
	if err := d.Close(); err != nil {
		return fmt.Errorf("close database: %w", err)
	}
	_, err = fmt.Fprintln(s.out, "The database is up to date.")
	return err
}
