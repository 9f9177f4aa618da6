package telegramtest

import (
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// params are what came with a call.
type params struct {
	values map[string]string
	files  map[string]*file
}

func (p params) chat() int64 {
	n, _ := strconv.ParseInt(p.values["chat_id"], 10, 64)
	return n
}

func (p params) int(name string) int {
	n, _ := strconv.Atoi(p.values[name])
	return n
}

func (p params) bool(name string) bool {
	v := strings.ToLower(p.values[name])
	return v == "true" || v == "1" || v == "yes"
}

func (p params) decode(name string, into any) bool {
	return json.Unmarshal([]byte(p.values[name]), into) == nil
}

// method is what the server knows of a method: how it is done, and which
// parameters it reads. Telegram passes over others in silence, and so a
// misspelt one is noted as a bug.
type method struct {
	do     func(s *Server, p params) (any, *failure)
	fields string
}

func methods() map[string]method {
	return map[string]method{
		"getme":                  {(*Server).getMe, ""},
		"sendmessage":            {(*Server).sendMessage, "chat_id message_thread_id text parse_mode entities link_preview_options disable_notification protect_content reply_parameters reply_markup"},
		"senddocument":           {(*Server).sendDocument, "chat_id message_thread_id document caption parse_mode disable_notification protect_content reply_parameters reply_markup"},
		"sendphoto":              {(*Server).sendDocument, "chat_id message_thread_id photo caption parse_mode disable_notification protect_content reply_parameters reply_markup"},
		"sendchataction":         {(*Server).sendChatAction, "chat_id message_thread_id action"},
		"editmessagetext":        {(*Server).editMessageText, "chat_id message_id inline_message_id text parse_mode entities link_preview_options reply_markup"},
		"editmessagecaption":     {(*Server).editMessageCaption, "chat_id message_id caption parse_mode reply_markup"},
		"editmessagereplymarkup": {(*Server).editMessageReplyMarkup, "chat_id message_id reply_markup"},
		"deletemessage":          {(*Server).deleteMessage, "chat_id message_id"},
		"deletemessages":         {(*Server).deleteMessages, "chat_id message_ids"},
		"answercallbackquery":    {(*Server).answerCallbackQuery, "callback_query_id text show_alert url cache_time"},
		"answerinlinequery":      {(*Server).answerInlineQuery, "inline_query_id results cache_time is_personal next_offset button"},
		"setmycommands":          {(*Server).setMyCommands, "commands scope language_code"},
		"getmycommands":          {(*Server).getMyCommands, "scope language_code"},
		"deletemycommands":       {(*Server).deleteMyCommands, "scope language_code"},
		"getfile":                {(*Server).getFile, "file_id"},
		"getchatmember":          {(*Server).getChatMember, "chat_id user_id"},
		"leavechat":              {(*Server).leaveChat, "chat_id"},
		"setwebhook":             {(*Server).setWebhook, "url secret_token max_connections allowed_updates drop_pending_updates ip_address"},
		"deletewebhook":          {(*Server).deleteWebhook, "drop_pending_updates"},
		"getwebhookinfo":         {(*Server).getWebhookInfo, ""},
	}
}

func (s *Server) do(name string, p params) (any, *failure) {
	m, ok := s.methods[strings.ToLower(name)]
	if !ok {
		return nil, &failure{code: 404, text: "Not Found", bug: true}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for f := range p.values {
		if !word(m.fields, f) {
			s.refused = append(s.refused, Refusal{Method: name, Code: 200, Description: "unknown parameter " + f, Bug: true, Params: p.values})
		}
	}
	result, f := m.do(s, p)
	s.changed.Broadcast()
	return result, f
}

func word(list, w string) bool {
	for _, x := range strings.Fields(list) {
		if x == w {
			return true
		}
	}
	return false
}

func (s *Server) me() map[string]any {
	return map[string]any{
		"id": s.ID, "is_bot": true, "first_name": "Test", "username": s.Username,
		"can_join_groups": true, "can_read_all_group_messages": s.ReadsGroups, "supports_inline_queries": true,
	}
}

func (s *Server) getMe(params) (any, *failure) { return s.me(), nil }

// open finds a chat the bot may write to.
func (s *Server) open(p params) (*chat, *failure) {
	if p.values["chat_id"] == "" {
		return nil, bad("chat_id is empty")
	}
	c := s.chats[p.chat()]
	switch {
	case c == nil:
		return nil, bad("chat not found")
	case c.movedTo != 0:
		return nil, &failure{code: 400, text: "Bad Request: group chat was upgraded to a supergroup chat", migrate: c.movedTo}
	case c.closed && c.group:
		return nil, fate(403, "Forbidden: bot was kicked from the "+c.kind()+" chat")
	case c.closed:
		return nil, fate(403, "Forbidden: bot was blocked by the user")
	case c.deactivated:
		return nil, fate(403, "Forbidden: user is deactivated")
	case !c.met:
		return nil, &failure{code: 403, text: "Forbidden: bot can't initiate conversation with a user", bug: true}
	}
	return c, nil
}

func (s *Server) sendMessage(p params) (any, *failure) {
	c, f := s.open(p)
	if f != nil {
		return nil, f
	}
	text, f := p.text("text", 4096)
	if f != nil {
		return nil, f
	}
	if text == "" {
		return nil, bad("message text is empty")
	}
	return s.post(c, p, Message{Text: text, HTML: p.values["text"]})
}

func (s *Server) sendDocument(p params) (any, *failure) {
	c, f := s.open(p)
	if f != nil {
		return nil, f
	}
	text, f := p.text("caption", 1024)
	if f != nil {
		return nil, f
	}
	up := p.files["document"]
	if up == nil {
		up = p.files["photo"]
	}
	if up == nil {
		return nil, bad("there is no document in the request")
	}
	if len(up.data) == 0 {
		return nil, bad("file must be non-empty")
	}
	return s.post(c, p, Message{Text: text, HTML: p.values["caption"], File: up.name, Data: up.data})
}

// post puts a message of the bot into a chat.
func (s *Server) post(c *chat, p params, m Message) (any, *failure) {
	rows, f := p.keyboard()
	if f != nil {
		return nil, f
	}
	if v := p.values["reply_parameters"]; v != "" {
		var to struct {
			Message int  `json:"message_id"`
			Anyway  bool `json:"allow_sending_without_reply"`
		}
		if !p.decode("reply_parameters", &to) {
			return nil, bad("can't parse reply parameters JSON object")
		}
		if c.find(to.Message) != nil {
			m.Reply = to.Message
		} else if !to.Anyway {
			return nil, bad("message to be replied not found")
		}
	}
	if v := p.values["link_preview_options"]; v != "" {
		var opt struct {
			Off bool `json:"is_disabled"`
		}
		if !p.decode("link_preview_options", &opt) {
			return nil, bad("can't parse link preview options JSON object")
		}
	}
	m.Topic = p.int("message_thread_id")
	if m.Topic != 0 && !c.topics[m.Topic] {
		return nil, bad("message thread not found")
	}
	m.Bot, m.Rows = true, rows
	m.Silent, m.Protected = p.bool("disable_notification"), p.bool("protect_content")
	m = s.append(c, m)
	return s.raw(c, &m), nil
}

func (s *Server) sendChatAction(p params) (any, *failure) {
	if _, f := s.open(p); f != nil {
		return nil, f
	}
	if !word("typing upload_photo record_video upload_video record_voice upload_voice upload_document choose_sticker find_location", p.values["action"]) {
		return nil, bad("wrong parameter action in request")
	}
	return true, nil
}

var linkHost = regexp.MustCompile(`^[\pL\pN-]+(\.[\pL\pN-]+)+$`)

// goodLink says whether Telegram takes an address for a button.
func goodLink(link string) bool {
	if link == "" || strings.ContainsAny(link, " \t\r\n") || len(link) > 2048 {
		return false
	}
	if !strings.Contains(link, "://") {
		link = "http://" + link
	}
	u, err := url.Parse(link)
	if err != nil {
		return false
	}
	switch strings.ToLower(u.Scheme) {
	case "tg", "ton", "tonsite":
		return true
	case "http", "https":
		return linkHost.MatchString(u.Hostname())
	}
	return false
}

func (p params) keyboard() ([][]Button, *failure) {
	if p.values["reply_markup"] == "" {
		return nil, nil
	}
	var markup struct {
		Rows   *[][]Button     `json:"inline_keyboard"`
		Reply  json.RawMessage `json:"keyboard"`
		Remove bool            `json:"remove_keyboard"`
		Force  bool            `json:"force_reply"`
	}
	if !p.decode("reply_markup", &markup) {
		return nil, bad("can't parse reply keyboard markup JSON object")
	}
	if markup.Rows == nil {
		if markup.Reply != nil {
			// It stays on every device of the person; this house never sends one.
			return nil, bad("reply keyboards are not allowed here")
		}
		if markup.Remove || markup.Force {
			return nil, nil
		}
		return nil, bad("object expected as reply markup")
	}
	total := 0
	var rows [][]Button
	for _, row := range *markup.Rows {
		if len(row) > 8 {
			return nil, bad("BUTTON_ROW_TOO_LONG")
		}
		if len(row) > 0 {
			rows = append(rows, row)
		}
		for _, b := range row {
			total++
			if strings.TrimSpace(b.Text) == "" {
				return nil, bad("inline keyboard button text is empty")
			}
			switch {
			case b.Data != "" && b.URL != "":
				return nil, bad("inline keyboard button must have exactly one optional field")
			case b.Data != "":
				if len(b.Data) > 64 {
					return nil, bad("BUTTON_DATA_INVALID")
				}
			case b.URL != "":
				if !goodLink(b.URL) {
					return nil, bad("inline keyboard button URL '%s' is invalid: Wrong HTTP URL", b.URL)
				}
			default:
				return nil, bad("Text buttons are unallowed in the inline keyboard")
			}
		}
	}
	if total > 100 {
		return nil, bad("REPLY_MARKUP_TOO_LONG")
	}
	return rows, nil
}

// own finds a message of the bot that may be edited.
func (s *Server) own(p params) (*chat, *Message, *failure) {
	c, f := s.open(p)
	if f != nil {
		return nil, nil, f
	}
	id := p.int("message_id")
	if id == 0 {
		return nil, nil, bad("message identifier is not specified")
	}
	m := c.find(id)
	if m == nil {
		return nil, nil, fate(400, "Bad Request: message to edit not found")
	}
	if !m.Bot {
		return nil, nil, bad("message can't be edited")
	}
	return c, m, nil
}

func (s *Server) editMessageText(p params) (any, *failure) {
	c, m, f := s.own(p)
	if f != nil {
		return nil, f
	}
	text, f := p.text("text", 4096)
	if f != nil {
		return nil, f
	}
	if text == "" {
		return nil, bad("message text is empty")
	}
	if m.File != "" {
		return nil, bad("there is no text in the message to edit")
	}
	rows, f := p.keyboard()
	if f != nil {
		return nil, f
	}
	return s.rewrite(c, m, text, p.values["text"], rows)
}

func (s *Server) editMessageCaption(p params) (any, *failure) {
	c, m, f := s.own(p)
	if f != nil {
		return nil, f
	}
	text, f := p.text("caption", 1024)
	if f != nil {
		return nil, f
	}
	rows, f := p.keyboard()
	if f != nil {
		return nil, f
	}
	return s.rewrite(c, m, text, p.values["caption"], rows)
}

func (s *Server) editMessageReplyMarkup(p params) (any, *failure) {
	c, m, f := s.own(p)
	if f != nil {
		return nil, f
	}
	rows, f := p.keyboard()
	if f != nil {
		return nil, f
	}
	return s.rewrite(c, m, m.Text, m.HTML, rows)
}

func (s *Server) rewrite(c *chat, m *Message, text, html string, rows [][]Button) (any, *failure) {
	if m.HTML == html && same(m.Rows, rows) {
		return nil, fate(400, "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message")
	}
	if m.HTML != html {
		m.Edited = true // a client marks a changed text, not changed buttons
	}
	m.Text, m.HTML, m.Rows = text, html, rows
	m.Edits++
	c.show(*m, false)
	return s.raw(c, m), nil
}

func same(a, b [][]Button) bool {
	x, _ := json.Marshal(a)
	y, _ := json.Marshal(b)
	return string(x) == string(y)
}

const deletable = 48 * time.Hour

// erase deletes one message and says why it may not.
func (s *Server) erase(c *chat, id int) *failure {
	m := c.find(id)
	switch {
	case m == nil:
		return fate(400, "Bad Request: message to delete not found")
	case s.now().Sub(m.Sent) > deletable:
		return fate(400, "Bad Request: message can't be deleted for everyone")
	case c.group && !m.Bot && !c.admin:
		return fate(400, "Bad Request: message can't be deleted")
	}
	c.remove(id)
	return nil
}

func (s *Server) deleteMessage(p params) (any, *failure) {
	c, f := s.open(p)
	if f != nil {
		return nil, f
	}
	if p.int("message_id") == 0 {
		return nil, bad("message identifier is not specified")
	}
	if f := s.erase(c, p.int("message_id")); f != nil {
		return nil, f
	}
	return true, nil
}

// deleteMessages answers True while it skips what it does not know, and fails
// whole for one that may not be deleted.
func (s *Server) deleteMessages(p params) (any, *failure) {
	c, f := s.open(p)
	if f != nil {
		return nil, f
	}
	var ids []int
	if !p.decode("message_ids", &ids) || len(ids) == 0 {
		return nil, bad("message identifiers are not specified")
	}
	if len(ids) > 100 {
		return nil, bad("too many message identifiers specified")
	}
	for _, id := range ids {
		m := c.find(id)
		if m != nil && (s.now().Sub(m.Sent) > deletable || c.group && !m.Bot && !c.admin) {
			return nil, fate(400, "Bad Request: message can't be deleted")
		}
	}
	for _, id := range ids {
		_ = s.erase(c, id)
	}
	return true, nil
}

// tapLife is how long Telegram waits for the answer of a tap.
const tapLife = 15 * time.Second

func (s *Server) answerCallbackQuery(p params) (any, *failure) {
	id := p.values["callback_query_id"]
	old := fate(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
	if Units(p.values["text"]) > 200 {
		return nil, bad("MESSAGE_TOO_LONG")
	}
	for _, t := range s.taps {
		if t.ID != id {
			continue
		}
		t.answers++
		if t.answers > 1 {
			return nil, old
		}
		if s.now().Sub(t.at) > tapLife {
			t.late = true
			return nil, old
		}
		t.text, t.alert, t.took = p.values["text"], p.bool("show_alert"), s.now().Sub(t.at)
		return true, nil
	}
	return nil, old
}

func (s *Server) answerInlineQuery(p params) (any, *failure) {
	var results []struct {
		Type    string `json:"type"`
		ID      string `json:"id"`
		Title   string `json:"title"`
		About   string `json:"description"`
		Content struct {
			Text  string `json:"message_text"`
			Parse string `json:"parse_mode"`
		} `json:"input_message_content"`
		Markup json.RawMessage `json:"reply_markup"`
	}
	if !p.decode("results", &results) {
		return nil, bad("can't parse inline query results JSON object")
	}
	if len(results) > 50 {
		return nil, bad("RESULTS_TOO_MUCH")
	}
	if p.int("cache_time") < 0 {
		return nil, bad("wrong cache_time")
	}
	seen := map[string]bool{}
	var out []Result
	for _, r := range results {
		switch {
		case r.ID == "" || len(r.ID) > 64:
			return nil, bad("RESULT_ID_INVALID")
		case seen[r.ID]:
			return nil, bad("RESULT_ID_DUPLICATE")
		case r.Type != "article":
			return nil, bad("inline query result type is invalid")
		case strings.TrimSpace(r.Title) == "":
			return nil, bad("article title is empty")
		}
		seen[r.ID] = true
		q := params{values: map[string]string{"text": r.Content.Text, "parse_mode": r.Content.Parse}}
		text, f := q.text("text", 4096)
		if f != nil {
			return nil, f
		}
		if text == "" {
			return nil, bad("message text is empty")
		}
		q.values["reply_markup"] = string(r.Markup)
		if _, f := q.keyboard(); f != nil {
			return nil, f
		}
		out = append(out, Result{r.ID, r.Title, r.About, text})
	}
	for _, q := range s.queries {
		if q.ID != p.values["inline_query_id"] {
			continue
		}
		q.answers++
		if q.answers > 1 || s.now().Sub(q.at) > tapLife {
			break
		}
		q.results = out
		return true, nil
	}
	return nil, fate(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
}

var commandName = regexp.MustCompile(`^[a-z0-9_]{1,32}$`)

// letters are the two-letter codes of ISO 639-1, and tl, which Telegram's
// clients use for Filipino.
const letters = "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu"

func (s *Server) scope(p params) (string, *failure) {
	lang := p.values["language_code"]
	if lang != "" && !word(letters, lang) {
		return "", bad("invalid language code specified")
	}
	if v := p.values["scope"]; v != "" {
		var scope struct {
			Type string `json:"type"`
		}
		if !p.decode("scope", &scope) || !word("default all_private_chats all_group_chats all_chat_administrators chat chat_administrators chat_member", scope.Type) {
			return "", bad("unsupported bot command scope specified")
		}
		if scope.Type != "default" {
			return scope.Type + ":" + lang, nil
		}
	}
	return lang, nil
}

func (s *Server) setMyCommands(p params) (any, *failure) {
	key, f := s.scope(p)
	if f != nil {
		return nil, f
	}
	var list []Command
	if !p.decode("commands", &list) {
		return nil, bad("can't parse commands JSON object")
	}
	if len(list) > 100 {
		return nil, bad("BOT_COMMANDS_TOO_MUCH")
	}
	for _, c := range list {
		if !commandName.MatchString(c.Name) {
			return nil, bad("BOT_COMMAND_INVALID")
		}
		if n := Units(strings.TrimSpace(c.Description)); n < 1 || n > 256 {
			return nil, bad("BOT_COMMAND_DESCRIPTION_INVALID")
		}
	}
	s.commands[key] = list
	return true, nil
}

func (s *Server) getMyCommands(p params) (any, *failure) {
	key, f := s.scope(p)
	if f != nil {
		return nil, f
	}
	return append([]Command{}, s.commands[key]...), nil
}

func (s *Server) deleteMyCommands(p params) (any, *failure) {
	key, f := s.scope(p)
	if f != nil {
		return nil, f
	}
	delete(s.commands, key)
	return true, nil
}

func (s *Server) getChatMember(p params) (any, *failure) {
	c, f := s.open(p)
	if f != nil {
		return nil, f
	}
	user, _ := strconv.ParseInt(p.values["user_id"], 10, 64)
	status := "left"
	switch {
	case user == s.ID && c.admin, c.admins[user]:
		status = "administrator"
	case user == s.ID, c.members[user], !c.group && user == c.id:
		status = "member"
	}
	return map[string]any{"status": status, "user": map[string]any{"id": user, "is_bot": user == s.ID, "first_name": "x"}}, nil
}

func (s *Server) leaveChat(p params) (any, *failure) {
	c, f := s.open(p)
	if f != nil {
		return nil, f
	}
	c.closed = true
	return true, nil
}

// file is something a person or the bot uploaded.
type file struct {
	name string
	data []byte
	size int64 // when larger than the data at hand
	path string
}

func (f *file) length() int64 { return max(f.size, int64(len(f.data))) }

const downloadLimit = 20 << 20

func (s *Server) getFile(p params) (any, *failure) {
	f := s.files[p.values["file_id"]]
	if f == nil {
		return nil, fate(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
	}
	if f.length() > downloadLimit {
		return nil, fate(400, "Bad Request: file is too big")
	}
	return map[string]any{"file_id": p.values["file_id"], "file_unique_id": "u" + p.values["file_id"],
		"file_size": f.length(), "file_path": f.path}, nil
}

func (s *Server) serveFile(w http.ResponseWriter, path string) {
	token, path, _ := strings.Cut(path, "/")
	s.mu.Lock()
	var found *file
	for _, f := range s.files {
		if f.path == path && token == s.Token {
			found = f
		}
	}
	fault := s.fault(Call{Method: "file"})
	s.mu.Unlock()
	switch fault.kind {
	case none:
	case badGateway, serverError:
		http.Error(w, "Bad Gateway", http.StatusBadGateway)
		return
	default:
		hangUp(w)
		return
	}
	if found == nil {
		http.Error(w, `{"ok":false,"error_code":404,"description":"Not Found"}`, http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	_, _ = w.Write(found.data)
}
