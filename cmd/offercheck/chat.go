package main

import (
	"context"
	"fmt"
	"os"

	"github.com/offercheck/offercheck/bot"
	"github.com/offercheck/offercheck/bot/terminal"
)

type chatCmd struct {
	fed
	compared
	Lang    string `help:"Language to begin in." default:"en"`
	Signs   string `help:"Folder of languages to use instead of the built-in ones." type:"existingdir" placeholder:"DIR"`
	Record  string `help:"Write the conversation in keys, as a golden transcript." type:"path" placeholder:"FILE"`
	Reports bool   `help:"With the database and the keys of DATA_DIR: reports are sealed to the hotline desk init made."`
	KeyDir  string `help:"Folder for the keys; keys in the data folder by default." env:"KEY_DIR" placeholder:"DIR"`
}

func (c *chatCmd) Run(ctx context.Context, s streams) (err error) {
	h, err := furnish(c.Signs)
	if err != nil {
		return err
	}
	if err := c.give(h.checker); err != nil {
		return err
	}
	texts, err := c.texts(h.checker)
	if err != nil {
		return err
	}
	if err := h.remember(texts); err != nil {
		return err
	}
	lang, err := offered(h.words, c.Lang)
	if err != nil {
		return err
	}
	prompt := ""
	if f, ok := s.in.(*os.File); ok {
		if info, err := f.Stat(); err == nil && info.Mode()&os.ModeCharDevice != 0 {
			prompt = "> "
		}
	}
	if c.Reports {
		return c.report(ctx, s, h, lang, prompt)
	}
	chat := terminal.Chat{Book: h.book, Words: h.words, Lang: lang, Prompt: prompt}
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

// report is the chat with everything behind it.
func (c *chatCmd) report(ctx context.Context, s streams, h *house, lang, prompt string) error {
	r, err := desked{storage: storage{DataDir: c.DataDir, KeyDir: c.KeyDir}}.enter(ctx)
	if err != nil {
		return err
	}
	defer r.Close()
	o, err := newOffice(ctx, r.desk, r.directory)
	if err != nil {
		return err
	}
	h.staffed(o)
	b, err := bot.New(ctx, r.d, r.v, h.book, h.words)
	if err != nil {
		return err
	}
	b.Desk, b.Hear = r.desk, h.hear
	chat := terminal.House{Bot: b, Words: h.words, Lang: lang, Prompt: prompt, Now: r.d.Now}
	return chat.Run(ctx, s.in, s.out)
}
