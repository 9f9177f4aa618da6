package main

import (
	"fmt"

	"github.com/offercheck/offercheck/bot"
	"github.com/offercheck/offercheck/locales"
	"github.com/offercheck/offercheck/reports/hotlines"
)

type localesCmd struct {
	Check localesCheckCmd `cmd:"" help:"Name what each language lacks."`
}

type localesCheckCmd struct{}

func (c *localesCheckCmd) Run(s streams) error {
	words, err := locales.Load()
	if err != nil {
		return err
	}
	var needed []string
	for _, k := range bot.Keys() {
		needed = append(needed, string(k))
	}
	directory, err := hotlines.Load()
	if err != nil {
		return fmt.Errorf("load directory: %w", err)
	}
	needed = append(needed, directory.ActionKeys()...)
	lacks := words.Lacks(needed)
	for _, l := range lacks {
		fmt.Fprintln(s.out, l)
	}
	for _, l := range words.Languages() {
		if !l.Reviewed {
			fmt.Fprintf(s.out, "%s: not yet reviewed by a native speaker\n", l.Code)
		}
	}
	if len(lacks) > 0 {
		return fmt.Errorf("check languages: %d things are missing", len(lacks))
	}
	return nil
}
