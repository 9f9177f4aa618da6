package telegram

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/offercheck/offercheck/flows"
)

var testMe = Me{ID: 42, Username: "offers_test_bot"}

// private wraps the fields of a message in a private chat's update.
func private(fields string) string {
	return `{"update_id":7,"message":{"message_id":5,"date":1,"from":{"id":9,"is_bot":false,"first_name":"Ann","language_code":"th"},"chat":{"id":9,"type":"private","first_name":"Ann"},` + fields + `}}`
}

func group(fields string) string {
	return `{"update_id":7,"message":{"message_id":5,"date":1,"from":{"id":9,"is_bot":false,"first_name":"Ann"},"chat":{"id":-1001,"type":"supergroup","title":"Jobs"},` + fields + `}}`
}

func TestDecodeReadsEveryHidingPlace(t *testing.T) {
	for _, c := range []struct {
		name, fields string
		text         []string // the parts, one a line
		forwarded    bool
	}{
		{"text", `"text":"Work in Cambodia"`, []string{"Work in Cambodia"}, false},
		{"caption", `"caption":"Free flight","photo":[{"file_id":"p","file_unique_id":"u","width":1,"height":1}]`, []string{"Free flight"}, false},
		{"address behind a link", `"text":"😀 here","entities":[{"type":"text_link","offset":3,"length":4,"url":"https://evil.example/x"}]`,
			[]string{"😀 here", "https://evil.example/x"}, false},
		{"address behind a caption's link", `"caption":"here","caption_entities":[{"type":"text_link","offset":0,"length":4,"url":"https://evil.example/"}]`,
			[]string{"here", "https://evil.example/"}, false},
		{"person without a username", `"text":"ask Lily","entities":[{"type":"text_mention","offset":4,"length":4,"user":{"id":3,"is_bot":false,"first_name":"Lily","last_name":"Wong"}}]`,
			[]string{"ask Lily", "Lily Wong"}, false},
		{"buttons", `"text":"x","reply_markup":{"inline_keyboard":[[{"text":"Apply now","url":"https://a.example/"},{"text":"App","web_app":{"url":"https://w.example/"}}],[{"text":"Copy","copy_text":{"text":"TWallet"}},{"text":"In","login_url":{"url":"https://l.example/"}},{"text":"Share","switch_inline_query":"join us"}]]}`,
			[]string{"x", "Apply now", "https://a.example/", "App", "https://w.example/", "Copy", "TWallet", "In", "https://l.example/", "Share", "join us"}, false},
		{"preview", `"text":"x","link_preview_options":{"url":"https://p.example/"}`, []string{"x", "https://p.example/"}, false},
		{"quote of another chat", `"text":"real?","external_reply":{"origin":{"type":"channel","chat":{"id":-5,"type":"channel","title":"Crypto VIP","username":"vip"},"message_id":2,"author_signature":"Max"},"chat":{"id":-5,"type":"channel","title":"Crypto VIP","username":"vip"},"link_preview_options":{"url":"https://e.example/"}},"quote":{"text":"double in a day","position":0,"entities":[{"type":"text_link","offset":0,"length":6,"url":"https://q.example/"}]}`,
			[]string{"real?", "Crypto VIP @vip", "Max", "https://e.example/", "double in a day", "https://q.example/"}, true},
		{"external reply with poll, contact, venue", `"text":"?","external_reply":{"origin":{"type":"hidden_user","sender_user_name":"HR"},"poll":{"question":"Q","options":[{"text":"A"}]},"contact":{"phone_number":"+855","first_name":"F"},"venue":{"location":{"latitude":1,"longitude":2},"title":"V","address":"Street"}}`,
			[]string{"?", "HR", "+855", "F", "Q", "A", "V", "Street"}, true},
		{"forwarded from a person", `"text":"x","forward_origin":{"type":"user","date":1,"sender_user":{"id":3,"is_bot":false,"first_name":"Lily","username":"hr_lily88"}}`,
			[]string{"x", "Lily @hr_lily88"}, true},
		{"forwarded from somebody hidden", `"text":"x","forward_origin":{"type":"hidden_user","date":1,"sender_user_name":"t.me/hr_lily88"}`,
			[]string{"x", "t.me/hr_lily88"}, true},
		{"forwarded from a group", `"text":"x","forward_origin":{"type":"chat","date":1,"sender_chat":{"id":-3,"type":"supergroup","title":"Earn daily","username":"earn"},"author_signature":"boss"}`,
			[]string{"x", "Earn daily @earn", "boss"}, true},
		{"forwarded from a channel", `"text":"x","forward_origin":{"type":"channel","date":1,"chat":{"id":-3,"type":"channel","title":"Jobs Poipet"},"message_id":1}`,
			[]string{"x", "Jobs Poipet"}, true},
		{"forwarded the old way", `"text":"x","forward_date":1,"forward_sender_name":"HR Team"`, []string{"x", "HR Team"}, true},
		{"a forwarded command is text", `"text":"/start now","forward_origin":{"type":"hidden_user","date":1,"sender_user_name":"H"}`, []string{"/start now", "H"}, true},
		{"contact", `"contact":{"phone_number":"+66800000000","first_name":"HR","last_name":"Desk","vcard":"BEGIN:VCARD\nEMAIL:a@b.example\nEND:VCARD"}`,
			[]string{"+66800000000", "HR Desk", "BEGIN:VCARD\nEMAIL:a@b.example\nEND:VCARD"}, false},
		{"poll", `"poll":{"id":"1","question":"Join?","question_entities":[{"type":"text_link","offset":0,"length":4,"url":"https://j.example/"}],"options":[{"text":"yes","voter_count":0},{"text":"t.me/x","voter_count":0}],"explanation":"wage","explanation_entities":[{"type":"text_link","offset":0,"length":4,"url":"https://k.example/"}]}`,
			[]string{"Join?", "https://j.example/", "yes", "t.me/x", "wage", "https://k.example/"}, false},
		{"venue", `"location":{"latitude":1,"longitude":2},"venue":{"location":{"latitude":1,"longitude":2},"title":"KK Park","address":"Myawaddy"}`, []string{"KK Park", "Myawaddy"}, false},
		{"sent through a bot", `"text":"x","via_bot":{"id":8,"is_bot":true,"first_name":"Earn","username":"earn_bot"}`, []string{"x", "Earn @earn_bot"}, false},
		{"game", `"game":{"title":"Spin","description":"win USDT","photo":[],"text":"t.me/spin"}`, []string{"Spin", "win USDT", "t.me/spin"}, false},
		{"invoice", `"invoice":{"title":"Visa fee","description":"pay first","start_parameter":"","currency":"USD","total_amount":1}`, []string{"Visa fee", "pay first"}, false},
		{"checklist", `"checklist":{"title":"Before you fly","tasks":[{"id":1,"text":"send passport","text_entities":[{"type":"text_link","offset":0,"length":4,"url":"https://c.example/"}]}]}`,
			[]string{"Before you fly", "send passport", "https://c.example/"}, false},
		{"audio", `"audio":{"file_id":"a","file_unique_id":"u","duration":1,"title":"call +855","performer":"HR"}`, []string{"call +855", "HR"}, false},
		{"a field nobody knows yet", `"rich_message":{"blocks":[{"type":"paragraph","text":["Earn ",{"type":"bold","text":"$500"}," a day ",{"type":"url","text":"here","url":"https://r.example/"}]},{"type":"list","items":[{"blocks":[{"type":"paragraph","text":"free flight"}]}]}]}`,
			[]string{"Earn $500 a day here", "https://r.example/", "free flight"}, false},
		{"a field of another type than it was", `"text":"x","poll":"now a string","quote":7,"caption_entities":{"a":1},"message_thread_id":"five","forward_origin":{"type":"hidden_user","sender_user_name":"HR"}`,
			[]string{"x", "HR"}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			u, ok, err := Decode([]byte(private(c.fields)), testMe)
			require.NoError(t, err)
			require.True(t, ok)
			require.Equal(t, strings.Join(c.text, "\n"), u.In.Text)
			require.Equal(t, c.forwarded, u.In.Forwarded)
			require.Empty(t, u.In.Command)
			require.Equal(t, int64(7), u.ID)
			require.Equal(t, int64(9), u.Chat)
			require.Equal(t, 5, u.In.Message)
			require.Equal(t, int64(1), u.In.Sent)
			require.Equal(t, "th", u.In.Lang)
		})
	}
}

func TestDecodeQuotesInPrivate(t *testing.T) {
	bot := `{"message_id":3,"date":1,"from":{"id":42,"is_bot":true,"first_name":"B"},"chat":{"id":9,"type":"private"},"text":"Are you safe?"}`
	own := `{"message_id":3,"date":1,"from":{"id":9,"is_bot":false,"first_name":"Ann"},"chat":{"id":9,"type":"private"},"text":"free flight and visa"`
	for _, c := range []struct {
		name, fields, text string
		forwarded          bool
	}{
		{"answering the bot stays one's own words", `"text":"they took my passport","quote":{"text":"Are you safe?","position":0},"reply_to_message":` + bot, "they took my passport", false},
		{"/check of one's own words", `"text":"/check","reply_to_message":` + own + `}`, "free flight and visa", false},
		{"/check of what one forwarded", `"text":"/check","reply_to_message":` + own + `,"forward_origin":{"type":"hidden_user","date":1,"sender_user_name":"H"}}`, "free flight and visa\nH", true},
		{"quoting oneself", `"text":"this","quote":{"text":"free flight","position":0},"reply_to_message":` + own + `}`, "this\nfree flight", false},
		{"quoting what one forwarded", `"text":"this","quote":{"text":"free flight","position":0},"reply_to_message":` + own + `,"forward_origin":{"type":"hidden_user","date":1,"sender_user_name":"H"}}`, "this\nfree flight", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			u, ok, err := Decode([]byte(private(c.fields)), testMe)
			require.NoError(t, err)
			require.True(t, ok)
			require.Equal(t, c.text, u.In.Text)
			require.Equal(t, c.forwarded, u.In.Forwarded)
		})
	}
}

func TestDecodeCommands(t *testing.T) {
	for _, c := range []struct{ text, command, arg, rest string }{
		{"/start", "start", "", ""},
		{"/start ref_%00<junk>", "start", "ref_%00<junk>", ""},
		{"/CHECK@Offers_Test_Bot Free flight", "check", "Free flight", "Free flight"},
		{"/check\nline one\nline two", "check", "line one\nline two", "line one\nline two"},
		{"/nonsense", "nonsense", "", ""},
		{"/check@other_bot x", "check", "x", "x"},
		{"/", "", "", "/"},
		{"/စစ်", "", "", "/စစ်"},
		{" /check x", "", "", " /check x"},
		{"10/20 off", "", "", "10/20 off"},
	} {
		t.Run(c.text, func(t *testing.T) {
			text, err := json.Marshal(c.text)
			require.NoError(t, err)
			u, ok, err := Decode([]byte(private(`"text":`+string(text))), testMe)
			require.NoError(t, err)
			require.True(t, ok)
			require.Equal(t, c.command, u.In.Command)
			require.Equal(t, c.arg, u.In.Arg)
			require.Equal(t, c.rest, u.In.Text)
		})
	}

	t.Run("hidden links stay with a command", func(t *testing.T) {
		u, _, err := Decode([]byte(private(`"text":"/check here","entities":[{"type":"bot_command","offset":0,"length":6},{"type":"text_link","offset":7,"length":4,"url":"https://evil.example/"}]`)), testMe)
		require.NoError(t, err)
		require.Equal(t, "here\nhttps://evil.example/", u.In.Text)
	})
	t.Run("in a caption", func(t *testing.T) {
		u, _, err := Decode([]byte(private(`"caption":"/check","photo":[{"file_id":"p","file_unique_id":"u","width":1,"height":1}]`)), testMe)
		require.NoError(t, err)
		require.Equal(t, "check", u.In.Command)
		require.Len(t, u.In.Files, 1)
		require.Empty(t, u.In.Text)
	})
}

func TestDecodeGroups(t *testing.T) {
	reply := `"reply_to_message":{"message_id":3,"date":1,"from":{"id":77,"is_bot":false,"first_name":"HR Lily","username":"hr_lily88"},"chat":{"id":-1001,"type":"supergroup"},"text":"Free flight","entities":[{"type":"text_link","offset":0,"length":4,"url":"https://evil.example/"}],"photo":[{"file_id":"p","file_unique_id":"u","width":1,"height":1}]}`
	toBot := `"reply_to_message":{"message_id":3,"date":1,"from":{"id":42,"is_bot":true,"first_name":"B"},"chat":{"id":-1001,"type":"supergroup"},"text":"Scam."}`
	for _, c := range []struct {
		name, fields, command, text string
		called, forwarded           bool
		files                       int
	}{
		{"not called", `"text":"hello all"`, "", "hello all", false, false, 0},
		{"called by name", `"text":"@Offers_Test_Bot is it real?","entities":[{"type":"mention","offset":0,"length":16}]`, "", " is it real?", true, false, 0},
		{"another bot's name", `"text":"@offers_test_bott hi","entities":[{"type":"mention","offset":0,"length":17}]`, "", "@offers_test_bott hi", false, false, 0},
		{"named behind an emoji", `"text":"😀 @offers_test_bot x","entities":[{"type":"mention","offset":3,"length":16}]`, "", "😀  x", true, false, 0},
		{"answer to the bot", `"text":"why?",` + toBot, "", "why?", true, false, 0},
		{"/check", `"text":"/check Free flight"`, "check", "Free flight", true, false, 0},
		{"/check with our name", `"text":"/check@offers_test_bot Free flight"`, "check", "Free flight", true, false, 0},
		{"/check of another bot", `"text":"/check@other_bot Free flight"`, "", "/check@other_bot Free flight", false, false, 0},
		{"/help of nobody in particular", `"text":"/help"`, "help", "", false, false, 0},
		{"/help of ours", `"text":"/help@offers_test_bot"`, "help", "", true, false, 0},
		{"/check as a reply", `"text":"/check",` + reply, "check", "Free flight\nhttps://evil.example/\nHR Lily @hr_lily88", true, true, 1},
		{"a bare name as a reply", `"text":"@offers_test_bot","entities":[{"type":"mention","offset":0,"length":16}],` + reply, "", "Free flight\nhttps://evil.example/\nHR Lily @hr_lily88", true, true, 1},
		{"a plain reply to somebody", `"text":"nice",` + reply, "", "nice", false, false, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			u, ok, err := Decode([]byte(group(c.fields)), testMe)
			require.NoError(t, err)
			require.True(t, ok)
			require.True(t, u.Group)
			require.True(t, u.In.Group)
			require.Equal(t, c.command, u.In.Command)
			require.Equal(t, c.text, u.In.Text)
			require.Equal(t, c.called, u.In.Called, "called")
			require.Equal(t, c.forwarded, u.In.Forwarded, "forwarded")
			require.Len(t, u.In.Files, c.files)
		})
	}

	t.Run("topic and anonymous sender", func(t *testing.T) {
		u, ok, err := Decode([]byte(`{"update_id":7,"message":{"message_id":5,"date":1,"message_thread_id":12,"is_topic_message":true,"from":{"id":136817688,"is_bot":true,"first_name":"Channel"},"sender_chat":{"id":-55,"type":"channel","title":"EARN DAILY","username":"earn"},"chat":{"id":-1001,"type":"supergroup"},"text":"join"}}`), testMe)
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, 12, u.Topic)
		require.Equal(t, int64(-55), u.Sender)
		require.Equal(t, "join\nEARN DAILY @earn", u.In.Text)
	})
}

func TestDecodeFiles(t *testing.T) {
	for _, c := range []struct {
		name, fields string
		want         []flows.File
	}{
		{"the largest picture that can be fetched", `"photo":[{"file_id":"s","file_unique_id":"1","width":90,"height":60,"file_size":10},{"file_id":"l","file_unique_id":"2","width":1280,"height":800,"file_size":500},{"file_id":"xl","file_unique_id":"3","width":9000,"height":9000,"file_size":30000000}]`,
			[]flows.File{{ID: "l", Kind: "photo", MIME: "image/jpeg", Size: 500}}},
		{"document", `"document":{"file_id":"d","file_unique_id":"1","file_name":"offer.pdf","mime_type":"application/pdf","file_size":7}`,
			[]flows.File{{ID: "d", Kind: "document", Name: "offer.pdf", MIME: "application/pdf", Size: 7}}},
		{"animation, once", `"animation":{"file_id":"a","file_unique_id":"1","width":1,"height":1,"duration":1,"mime_type":"video/mp4"},"document":{"file_id":"a","file_unique_id":"1"}`,
			[]flows.File{{ID: "a", Kind: "video", MIME: "video/mp4"}}},
		{"voice", `"voice":{"file_id":"v","file_unique_id":"1","duration":1,"mime_type":"audio/ogg"}`, []flows.File{{ID: "v", Kind: "voice", MIME: "audio/ogg"}}},
		{"audio", `"audio":{"file_id":"v","file_unique_id":"1","duration":1,"file_name":"x.mp3"}`, []flows.File{{ID: "v", Kind: "voice", Name: "x.mp3"}}},
		{"video", `"video":{"file_id":"v","file_unique_id":"1","width":1,"height":1,"duration":1}`, []flows.File{{ID: "v", Kind: "video"}}},
		{"round video", `"video_note":{"file_id":"v","file_unique_id":"1","length":1,"duration":1}`, []flows.File{{ID: "v", Kind: "video", MIME: "video/mp4"}}},
		{"sticker", `"sticker":{"file_id":"v","file_unique_id":"1","width":1,"height":1,"is_animated":false}`, []flows.File{{ID: "v", Kind: "sticker"}}},
		{"location", `"location":{"latitude":13.5,"longitude":-100.25}`, []flows.File{{Kind: "location", Text: "13.5,-100.25"}}},
		{"paid pictures", `"paid_media":{"star_count":1,"paid_media":[{"type":"photo","photo":[{"file_id":"l","file_unique_id":"2","width":2,"height":2}]}]}`, []flows.File{{ID: "l", Kind: "photo", MIME: "image/jpeg"}}},
		{"picture of another chat", `"text":"x","external_reply":{"origin":{"type":"hidden_user","sender_user_name":"H"},"photo":[{"file_id":"l","file_unique_id":"2","width":2,"height":2}]}`, []flows.File{{ID: "l", Kind: "photo", MIME: "image/jpeg"}}},
		{"story", `"story":{"id":1,"chat":{"id":1,"type":"channel"}}`, []flows.File{{Kind: "other"}}},
		{"dice", `"dice":{"emoji":"🎲","value":1}`, []flows.File{{Kind: "other"}}},
		{"giveaway", `"giveaway":{"chats":[],"winner_count":1}`, []flows.File{{Kind: "other"}}},
		{"white space", `"text":"  "`, []flows.File{{Kind: "other"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			u, ok, err := Decode([]byte(private(`"media_group_id":"al",`+c.fields)), testMe)
			require.NoError(t, err)
			require.True(t, ok)
			require.Equal(t, c.want, u.In.Files)
			require.Equal(t, "al", u.In.Album)
		})
	}
}

func TestDecodeKeepsStrangeCharacters(t *testing.T) {
	for _, text := range []string{"a\u202eb\u200bc\u0000d\u0007", "\ufeffp\u0430ypal", strings.Repeat("ก", 4096)} {
		b, err := json.Marshal(text)
		require.NoError(t, err)
		u, ok, err := Decode([]byte(private(`"text":`+string(b))), testMe)
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, text, u.In.Text)
	}
	t.Run("broken characters", func(t *testing.T) {
		u, ok, err := Decode([]byte(private("\"text\":\"a\xff\xfeb \\ud83d\"")), testMe)
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, "a\ufffd\ufffdb \ufffd", u.In.Text)
	})
}

func TestDecodeOtherKinds(t *testing.T) {
	t.Run("edit", func(t *testing.T) {
		u, ok, err := Decode([]byte(strings.Replace(private(`"text":"x","edit_date":2`), `"message":`, `"edited_message":`, 1)), testMe)
		require.NoError(t, err)
		require.True(t, ok)
		require.True(t, u.In.Edited)
		require.Equal(t, "x", u.In.Text)
	})
	t.Run("moving location", func(t *testing.T) {
		_, ok, err := Decode([]byte(strings.Replace(private(`"location":{"latitude":1,"longitude":2}`), `"message":`, `"edited_message":`, 1)), testMe)
		require.NoError(t, err)
		require.False(t, ok)
	})
	t.Run("tap", func(t *testing.T) {
		u, ok, err := Decode([]byte(`{"update_id":7,"callback_query":{"id":"q1","from":{"id":9,"is_bot":false,"first_name":"A","language_code":"my"},"message":{"message_id":5,"date":0,"chat":{"id":9,"type":"private"}},"chat_instance":"1","data":"ab12.ask_paid.yes"}}`), testMe)
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, "q1", u.Tap)
		require.Equal(t, int64(9), u.Chat)
		require.Equal(t, &flows.Tap{Nonce: "ab12", Step: "ask_paid", Value: "yes", Message: 5}, u.In.Tap)
	})
	t.Run("tap without a chat", func(t *testing.T) {
		u, ok, err := Decode([]byte(`{"update_id":7,"callback_query":{"id":"q1","from":{"id":9,"is_bot":false,"first_name":"A"},"inline_message_id":"x","chat_instance":"1"}}`), testMe)
		require.NoError(t, err)
		require.True(t, ok)
		require.Zero(t, u.Chat)
		require.Equal(t, &flows.Tap{}, u.In.Tap)
	})
	t.Run("blocked and back", func(t *testing.T) {
		for status, left := range map[string]bool{"kicked": true, "left": true, "member": false, "administrator": false} {
			u, ok, err := Decode([]byte(`{"update_id":7,"my_chat_member":{"chat":{"id":9,"type":"private"},"from":{"id":9,"is_bot":false,"first_name":"A"},"date":1,"old_chat_member":{"status":"x"},"new_chat_member":{"status":"`+status+`"}}}`), testMe)
			require.NoError(t, err)
			require.True(t, ok)
			require.Equal(t, left, *u.Left, status)
		}
	})
	t.Run("inline", func(t *testing.T) {
		u, ok, err := Decode([]byte(`{"update_id":7,"inline_query":{"id":"i1","from":{"id":9,"is_bot":false,"first_name":"A","language_code":"vi"},"query":"free flight","offset":""}}`), testMe)
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, "i1", u.Inline)
		require.Equal(t, "free flight", u.In.Text)
		require.Equal(t, "vi", u.In.Lang)
	})
	for name, raw := range map[string]string{
		"pinned":           private(`"pinned_message":{"message_id":1,"date":1,"chat":{"id":9,"type":"private"},"text":"x"}`),
		"joined":           group(`"new_chat_members":[{"id":1,"is_bot":false,"first_name":"EARN t.me/x"}]`),
		"another bot":      `{"update_id":7,"message":{"message_id":5,"date":1,"from":{"id":5,"is_bot":true,"first_name":"B"},"chat":{"id":-1001,"type":"supergroup"},"text":"x"}}`,
		"channel's copy":   group(`"is_automatic_forward":true,"sender_chat":{"id":-5,"type":"channel"},"text":"x"`),
		"sticker of story": group(`"story":{"id":1}`),
		"unknown kind":     `{"update_id":7,"message_reaction":{}}`,
	} {
		t.Run("nothing in "+name, func(t *testing.T) {
			_, ok, err := Decode([]byte(raw), testMe)
			require.NoError(t, err)
			require.False(t, ok)
		})
	}
	for name, raw := range map[string]string{"no JSON": `{"update_id":7,`, "no id": `{"message":{}}`, "empty": ``, "a list": `[]`} {
		t.Run("cannot read "+name, func(t *testing.T) {
			_, ok, err := Decode([]byte(raw), testMe)
			require.Error(t, err)
			require.False(t, ok)
		})
	}
}

func TestReadTap(t *testing.T) {
	for data, want := range map[string]flows.Tap{
		"ab12.lang.zh-Hans":              {Nonce: "ab12", Step: "lang", Value: "zh-Hans"},
		"t.c1.take.3":                    {Nonce: "t", Step: "c1", Value: "take.3"},
		"ab12.step.":                     {Nonce: "ab12", Step: "step"},
		"":                               {},
		"ab12":                           {},
		"ab12.step":                      {},
		".step.value":                    {},
		"ab12..value":                    {},
		"ab12.step.va lue":               {},
		"ab12.step.<b>":                  {},
		"ab12.step.\x00":                 {},
		"a.b." + strings.Repeat("x", 60): {Nonce: "a", Step: "b", Value: strings.Repeat("x", 60)},
		"a.b." + strings.Repeat("x", 61): {},
	} {
		require.Equal(t, want, ReadTap(data), data)
	}
}

func FuzzReadTap(f *testing.F) {
	for _, s := range []string{"ab12.step.value", "", "...", "a.b.c.d", "ab12.step.\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, data string) {
		tap := ReadTap(data)
		if tap.Nonce == "" {
			require.Equal(t, flows.Tap{}, tap)
			return
		}
		require.Equal(t, data, tap.Nonce+"."+tap.Step+"."+tap.Value)
		require.LessOrEqual(t, len(data), 64)
	})
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(private(`"text":"/check x","entities":[{"type":"text_link","offset":-3,"length":2147483647,"url":"u"}]`)))
	f.Add([]byte(group(`"text":"@offers_test_bot","entities":[{"type":"mention","offset":0,"length":16}],"reply_to_message":{"message_id":1,"chat":{"id":1}}`)))
	f.Add([]byte(private(`"rich_message":[[[{"text":[{"text":"x"}]}]]]`)))
	f.Add([]byte(private(`"external_reply":{"origin":null},"quote":{"text":"\ud83d"},"poll":{"options":[null]},"photo":[{}],"reply_markup":{"inline_keyboard":[null,[{}]]}`)))
	f.Add([]byte(`{"update_id":7,"callback_query":{"id":"q","data":"..."}}`))
	f.Add([]byte(`{"update_id":7,"my_chat_member":{}}`))
	f.Add([]byte(`{"update_id":7,"inline_query":{"id":"i","from":{}}}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		u, ok, err := Decode(raw, testMe)
		if err != nil {
			require.False(t, ok)
			require.NotContains(t, err.Error(), "panic")
			return
		}
		if ok && u.In.Tap == nil && u.Left == nil && u.Inline == "" && !u.Group {
			require.True(t, u.In.Command != "" || u.In.Text != "" || len(u.In.Files) > 0, "an input with nothing in it")
		}
	})
}
