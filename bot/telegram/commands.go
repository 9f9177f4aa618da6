package telegram

import (
	"context"
	"fmt"
	"strings"
)

// Command is one line of the menu: a name without the slash and what it does.
type Command struct {
	Name        string `json:"command"`
	Description string `json:"description"`
}

// Menu is the list of commands in one of our languages.
type Menu struct {
	Lang     string // "en", "zh-Hans", "fil"
	Commands []Command
}

// RegisterCommands puts the menus into Telegram. The first menu is also what
// people of every other language see. Telegram tells languages apart by two
// letters only, so of several that share them the first is taken, and one that
// has none is left out.
func (c *Client) RegisterCommands(ctx context.Context, menus []Menu) error {
	taken := map[string]bool{}
	for i, m := range menus {
		codes := []string{Letters(m.Lang)}
		if i == 0 {
			codes = append([]string{""}, codes...)
		}
		for _, code := range codes {
			if taken[code] || code == "" && i > 0 {
				continue
			}
			taken[code] = true
			err := c.insist(ctx, "register the commands", func() error {
				return c.Call(ctx, "setMyCommands", struct {
					Commands []Command `json:"commands"`
					Lang     string    `json:"language_code,omitempty"`
				}{m.Commands, code}, nil)
			})
			if err != nil {
				return fmt.Errorf("register commands for %s: %w", m.Lang, err)
			}
		}
	}
	return nil
}

// Letters is the two-letter code under which Telegram knows one of our
// languages, "" when it has none.
func Letters(lang string) string {
	base, _, _ := strings.Cut(strings.ToLower(lang), "-")
	if base == "fil" {
		return "tl"
	}
	if len(base) != 2 {
		return ""
	}
	return base
}
