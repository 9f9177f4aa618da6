// Package locales holds every word the bot says, a folder a language, and finds
// the right one for a reader.
package locales

import (
	"embed"
	"fmt"
	"html"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

//go:embed */*.toml
var embedded embed.FS

// Files are the language folders as built in: <lang>/messages.<lang>.toml and
// <lang>/signs.<lang>.toml.
func Files() fs.FS { return embedded }

// Source is the language every other one is measured against, and what is said
// when another lacks a message.
const Source = "en"

// HTML is an argument that is markup already and is put in as it stands. Every
// other text argument is escaped.
type HTML string

// Language is one that can be chosen.
type Language struct {
	Code     string
	Name     string // its own name
	Reviewed bool   // a native speaker read every line
}

// Words are all messages of all languages. Safe for concurrent use.
type Words struct {
	languages []Language
	messages  map[string]map[string]*i18n.Message
	signs     map[string]map[string]bool // sign ids a language has names for
	speakers  map[string]*i18n.Localizer
	regions   map[string]display.Namer
	tongues   map[string]display.Namer
	base      map[string]string // base language of a code → folder

	mu      sync.Mutex
	missing map[string]int
}

// Load reads the built-in languages.
func Load() (*Words, error) { return LoadFS(embedded) }

// LoadFS reads languages from folders laid out like the built-in ones. English
// must be among them.
func LoadFS(fsys fs.FS) (*Words, error) {
	paths, err := fs.Glob(fsys, "*/messages.*.toml")
	if err != nil {
		return nil, fmt.Errorf("list languages: %w", err)
	}
	w := &Words{
		messages: map[string]map[string]*i18n.Message{},
		signs:    map[string]map[string]bool{},
		speakers: map[string]*i18n.Localizer{},
		regions:  map[string]display.Namer{},
		tongues:  map[string]display.Namer{},
		base:     map[string]string{},
		missing:  map[string]int{},
	}
	bundle := i18n.NewBundle(language.English)
	for _, p := range paths {
		if err := w.read(fsys, p, bundle); err != nil {
			return nil, err
		}
	}
	if w.messages[Source] == nil {
		return nil, fmt.Errorf("load languages: no messages.%s.toml", Source)
	}
	slices.SortFunc(w.languages, func(a, b Language) int {
		if a.Code == Source || b.Code == Source {
			return strings.Compare(b2s(a.Code != Source), b2s(b.Code != Source))
		}
		return strings.Compare(a.Code, b.Code)
	})
	return w, nil
}

func b2s(b bool) string {
	if b {
		return "1"
	}
	return "0"
}

func (w *Words) read(fsys fs.FS, p string, bundle *i18n.Bundle) error {
	code := path.Dir(p)
	tag, err := language.Parse(code)
	if err != nil || path.Base(p) != "messages."+code+".toml" {
		return fmt.Errorf("read %s: want <lang>/messages.<lang>.toml", p)
	}
	var raw map[string]any
	if _, err := toml.DecodeFS(fsys, p, &raw); err != nil {
		return fmt.Errorf("read %s: %w", p, err)
	}
	reviewed, _ := raw["reviewed"].(bool)
	delete(raw, "reviewed")
	all := map[string]*i18n.Message{}
	for key, v := range raw {
		m, err := i18n.NewMessage(v)
		if err != nil {
			return fmt.Errorf("read %s: message %s: %w", p, key, err)
		}
		m.ID = key
		all[key] = m
	}
	names, err := signNames(fsys, code)
	if err != nil {
		return err
	}
	w.signs[code] = map[string]bool{}
	for id, s := range names {
		w.signs[code][id] = true
		all["sign_"+id] = &i18n.Message{ID: "sign_" + id, Other: s.Name}
		all["sign_"+id+"_why"] = &i18n.Message{ID: "sign_" + id + "_why", Other: s.Why}
	}
	for _, m := range all {
		if err := bundle.AddMessages(tag, m); err != nil {
			return fmt.Errorf("read %s: message %s: %w", p, m.ID, err)
		}
	}
	w.messages[code] = all
	w.speakers[code] = i18n.NewLocalizer(bundle, code)
	w.regions[code] = display.Regions(tag)
	w.tongues[code] = display.Languages(tag)
	b, _ := tag.Base()
	w.base[b.String()] = code
	name := code
	if m := all["language_name"]; m != nil {
		name = m.Other
	}
	w.languages = append(w.languages, Language{Code: code, Name: name, Reviewed: reviewed})
	return nil
}

type signName struct{ Name, Why string }

// signNames reads what a sign is called; a language without the file has none.
func signNames(fsys fs.FS, code string) (map[string]signName, error) {
	p := code + "/signs." + code + ".toml"
	if _, err := fs.Stat(fsys, p); err != nil {
		return nil, nil
	}
	var f struct{ Signs map[string]signName }
	if _, err := toml.DecodeFS(fsys, p, &f); err != nil {
		return nil, fmt.Errorf("read %s: %w", p, err)
	}
	return f.Signs, nil
}

// Languages are those that can be chosen, English first.
func (w *Words) Languages() []Language { return slices.Clone(w.languages) }

// Match answers the first of the preferred languages that is offered, by its
// base language (zh-Hans and zh-CN are zh, in is id), and English if none is.
func (w *Words) Match(prefs ...string) string {
	for _, p := range prefs {
		tag, err := language.Parse(strings.ReplaceAll(p, "_", "-"))
		if err != nil || tag == language.Und {
			continue
		}
		base, sure := tag.Base()
		if sure == language.No {
			continue
		}
		if code, ok := w.base[base.String()]; ok {
			return code
		}
	}
	return Source
}

// Has says whether a language itself holds a message.
func (w *Words) Has(lang, key string) bool { return w.messages[lang][key] != nil }

// Say fills in a message as Telegram HTML. Text arguments are escaped unless
// they are HTML; an argument "count" picks the plural form. Two families are
// known without a message: country_XX is a country's name and tongue_xx a
// language's. What a language lacks is said in English and counted; what
// English lacks is said as its key.
func (w *Words) Say(lang, key string, args map[string]any) string {
	if w.messages[lang] == nil {
		lang = w.Match(lang)
	}
	if !w.Has(lang, key) {
		if s := w.name(lang, key); s != "" {
			return html.EscapeString(s)
		}
		w.miss(lang, key)
		if lang = Source; !w.Has(lang, key) {
			return html.EscapeString(key)
		}
	}
	data := make(map[string]any, len(args))
	for k, v := range args {
		switch v := v.(type) {
		case HTML:
			data[k] = string(v)
		case string:
			data[k] = html.EscapeString(v)
		case fmt.Stringer:
			data[k] = html.EscapeString(v.String())
		default:
			data[k] = v
		}
	}
	cfg := &i18n.LocalizeConfig{MessageID: key, TemplateData: data}
	if n, ok := args["count"]; ok {
		cfg.PluralCount = n
	}
	s, err := w.speakers[lang].Localize(cfg)
	if err != nil && s == "" {
		w.miss(lang, key)
		return html.EscapeString(key)
	}
	return s
}

// Plain is Say without markup, for pop-ups, buttons and terminals.
func (w *Words) Plain(lang, key string, args map[string]any) string {
	return Strip(w.Say(lang, key, args))
}

var markup = regexp.MustCompile(`</?(b|i|code)>`)

// Strip turns the HTML that Say makes into plain text.
func Strip(s string) string { return html.UnescapeString(markup.ReplaceAllString(s, "")) }

func (w *Words) name(lang, key string) string {
	family, id, ok := strings.Cut(key, "_")
	if !ok {
		return ""
	}
	switch family {
	case "country":
		if r, err := language.ParseRegion(id); err == nil && r.IsCountry() {
			if n := w.regions[lang].Name(r); n != "" {
				return n
			}
			return display.Regions(language.English).Name(r)
		}
	case "tongue":
		if t, err := language.Parse(id); err == nil {
			if n := w.tongues[lang].Name(t); n != "" {
				return n
			}
			return display.Languages(language.English).Name(t)
		}
	}
	return ""
}

func (w *Words) miss(lang, key string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.missing[lang+"/"+key]++
}

// Missing is how often which message was wanted and not there, by "lang/key".
func (w *Words) Missing() map[string]int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return maps.Clone(w.missing)
}
