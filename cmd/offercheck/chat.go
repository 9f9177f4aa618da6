package main

import (
	"context"
	"fmt"
	"os"

	"github.com/offercheck/offercheck/bot/terminal"
)

type chatCmd struct {
	fed
	Lang   string `help:"Language to begin in." default:"en"`
	Signs  string `help:"Folder of languages to use instead of the built-in ones." type:"existingdir" placeholder:"DIR"`
	Record string `help:"Write the conversation in keys, as a golden transcript." type:"path" placeholder:"FILE"`
}

func (c *chatCmd) Run(ctx context.Context, s streams) (err error) {
	h, err := furnish(c.Signs)
	if err != nil {
		return err
	}
	if err := c.give(h.checker); err != nil {
		return err
	}
	lang, err := offered(h.words, c.Lang)
	if err != nil {
		return err
	}
	chat := terminal.Chat{Book: h.book, Words: h.words, Lang: lang}
	if f, ok := s.in.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			chat.Prompt = "> "
		}
	}
	if c.Record != "" {
		f, err := os.OpenFile(c.Record, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
		if err != nil {
			return fmt.Errorf("%w: %w", errUsage, err)
		}
		defer func() {
			if e := f.Close(); err == nil && e != nil {
				err = fmt.Errorf("write transcript: %w", e)
			}
		}()
		chat.Record = f
	}
	return chat.Run(ctx, s.in, s.out)
}
