package check

import (
	"fmt"
	"io/fs"
	"strings"

	"github.com/BurntSushi/toml"
)

// An idea is something that messages of people who are held speak of, or that
// speaks against it. The words of each are in held.<lang>.toml; which ideas
// together say that somebody is held now was learned over all languages at once.
type idea = uint8

// ideas in the order their weights are kept. What each holds: locales/README.md.
var ideas = [...]string{
	"self", "us", "kin", "they", "captor", "guards", "weapons", "shut", "cannot_leave", "held", "papers", "phone", "taken", "beat", "kill", "sex",
	"starve", "sold", "debt", "ransom", "unpaid", "force", "cheat", "target", "hours", "watched", "secret", "help", "authority", "escape", "lured",
	"moved", "compound", "workplace", "abroad", "cut_off", "fear", "since", "home", "pleads",
	"news", "warn", "fiction", "game", "joke", "school", "clinic", "law", "gadget", "travel", "quarrel", "advert", "offer_question", "past",
	"hypothetical", "faith", "sport", "office", "pets", "others", "study",
}

// readIdeas reads held.<lang>.toml of a folder; a language without it has none.
func readIdeas(fsys fs.FS, lang string) (map[string][]string, error) {
	name := lang + "/held." + lang + ".toml"
	if _, err := fs.Stat(fsys, name); err != nil {
		return nil, nil
	}
	var out map[string][]string
	if _, err := toml.DecodeFS(fsys, name, &out); err != nil {
		return nil, fmt.Errorf("read %s: %w", name, err)
	}
	for key := range out {
		if ideaIndex(key) < 0 {
			return nil, fmt.Errorf("read %s: unknown idea %q", name, key)
		}
	}
	return out, nil
}

func ideaIndex(name string) int {
	for i, n := range ideas {
		if n == name {
			return i
		}
	}
	return -1
}

// compileIdeas adds the words of captivity of one language. Plain ones are a
// single pattern together.
func (c *compiler) compileIdeas(lang int32, words map[string][]string) error {
	for i, name := range ideas {
		c.book.owners = append(c.book.owners, owner{ownIdea, int32(i), lang})
		o := int32(len(c.book.owners) - 1)
		var plain []string
		for _, p := range words[name] {
			if strings.ContainsAny(p, "<>()[]#…~+|") {
				if err := c.add(o, p, nil); err != nil {
					return fmt.Errorf("idea %s: %w", name, err)
				}
				continue
			}
			plain = append(plain, p)
		}
		if len(plain) > 0 {
			if err := c.add(o, "("+strings.Join(plain, "|")+")", nil); err != nil {
				return fmt.Errorf("idea %s: %w", name, err)
			}
		}
	}
	return nil
}

// A thought is an idea found in the text.
type thought struct {
	idea       idea
	start, end int32
	sentence   int32
}
