package telegram

import (
	"encoding/json"
	"errors"

	tgbotapi "github.com/go-telegram-bot-api/telegram-bot-api/v5"
)

// update is the library's update with what it is too old to know: the outer
// fields shadow the embedded ones.
type update struct {
	tgbotapi.Update
	Message       *message       `json:"message"`
	EditedMessage *message       `json:"edited_message"`
	CallbackQuery *callback      `json:"callback_query"`
	MyChatMember  *memberChanged `json:"my_chat_member"`
	InlineQuery   *inlineQuery   `json:"inline_query"`
}

// message is the library's message, every field that can hold a pitch shadowed
// or added.
type message struct {
	tgbotapi.Message
	Chat            *chat            `json:"chat"`
	SenderChat      *chat            `json:"sender_chat"`
	Thread          int              `json:"message_thread_id"`
	InTopic         bool             `json:"is_topic_message"`
	Entities        []entity         `json:"entities"`
	CaptionEntities []entity         `json:"caption_entities"`
	Origin          *origin          `json:"forward_origin"`
	OldForwardChat  *chat            `json:"forward_from_chat"`
	ReplyToMessage  *message         `json:"reply_to_message"`
	PinnedMessage   json.RawMessage  `json:"pinned_message"`
	External        *external        `json:"external_reply"`
	Quote           *quote           `json:"quote"`
	Preview         *preview         `json:"link_preview_options"`
	Poll            *poll            `json:"poll"`
	Game            *game            `json:"game"`
	Checklist       *checklist       `json:"checklist"`
	PaidMedia       *paidMedia       `json:"paid_media"`
	Keyboard        *inlineKeyboard  `json:"reply_markup"`
	Topic           *json.RawMessage `json:"forum_topic_created"`

	// rest holds the fields no struct above names, for whatever the Bot API
	// invents next.
	rest map[string]json.RawMessage
}

// UnmarshalJSON reads the message and keeps the fields it does not know. A
// field of an unexpected type is passed over: it must not hide the others.
func (m *message) UnmarshalJSON(b []byte) error {
	type plain message
	var shape *json.UnmarshalTypeError
	err := json.Unmarshal(b, (*plain)(m))
	if errors.As(err, &shape) {
		err = nil
	}
	var all map[string]json.RawMessage
	if e := json.Unmarshal(b, &all); e != nil {
		return e
	}
	for name := range all {
		if known[name] {
			delete(all, name)
		}
	}
	m.rest = all
	return err
}

type chat struct {
	ID       int64  `json:"id"`
	Type     string `json:"type"`
	Title    string `json:"title"`
	Username string `json:"username"`
	First    string `json:"first_name"`
	Last     string `json:"last_name"`
}

type entity struct {
	Type   string         `json:"type"`
	Offset int            `json:"offset"` // UTF-16 units
	Length int            `json:"length"`
	URL    string         `json:"url"`
	User   *tgbotapi.User `json:"user"`
}

type origin struct {
	Type       string         `json:"type"`
	User       *tgbotapi.User `json:"sender_user"`
	HiddenName string         `json:"sender_user_name"`
	SenderChat *chat          `json:"sender_chat"`
	Chat       *chat          `json:"chat"`
	Signature  string         `json:"author_signature"`
}

type quote struct {
	Text     string   `json:"text"`
	Entities []entity `json:"entities"`
}

type preview struct {
	URL string `json:"url"`
}

type option struct {
	Text     string   `json:"text"`
	Entities []entity `json:"text_entities"`
}

type poll struct {
	Question            string   `json:"question"`
	QuestionEntities    []entity `json:"question_entities"`
	Options             []option `json:"options"`
	Explanation         string   `json:"explanation"`
	ExplanationEntities []entity `json:"explanation_entities"`
	Description         string   `json:"description"`
	DescriptionEntities []entity `json:"description_entities"`
}

type game struct {
	Title       string   `json:"title"`
	Description string   `json:"description"`
	Text        string   `json:"text"`
	Entities    []entity `json:"text_entities"`
}

type checklist struct {
	Title         string   `json:"title"`
	TitleEntities []entity `json:"title_entities"`
	Tasks         []option `json:"tasks"`
}

type paidMedia struct {
	Media []struct {
		Type  string               `json:"type"`
		Photo []tgbotapi.PhotoSize `json:"photo"`
		Video *tgbotapi.Video      `json:"video"`
	} `json:"paid_media"`
}

// external is a message of another chat that this one answers.
type external struct {
	Origin    *origin              `json:"origin"`
	Chat      *chat                `json:"chat"`
	Preview   *preview             `json:"link_preview_options"`
	Animation *tgbotapi.Animation  `json:"animation"`
	Audio     *tgbotapi.Audio      `json:"audio"`
	Document  *tgbotapi.Document   `json:"document"`
	Photo     []tgbotapi.PhotoSize `json:"photo"`
	Sticker   *tgbotapi.Sticker    `json:"sticker"`
	Video     *tgbotapi.Video      `json:"video"`
	VideoNote *tgbotapi.VideoNote  `json:"video_note"`
	Voice     *tgbotapi.Voice      `json:"voice"`
	Contact   *tgbotapi.Contact    `json:"contact"`
	Game      *game                `json:"game"`
	Poll      *poll                `json:"poll"`
	Venue     *tgbotapi.Venue      `json:"venue"`
	Location  *tgbotapi.Location   `json:"location"`
	Invoice   *tgbotapi.Invoice    `json:"invoice"`
	Checklist *checklist           `json:"checklist"`
	PaidMedia *paidMedia           `json:"paid_media"`
}

type inlineKeyboard struct {
	Rows [][]inlineButton `json:"inline_keyboard"`
}

type inlineButton struct {
	Text   string `json:"text"`
	URL    string `json:"url,omitempty"`
	Data   string `json:"callback_data,omitempty"`
	WebApp *struct {
		URL string `json:"url"`
	} `json:"web_app,omitempty"`
	Login *struct {
		URL     string `json:"url"`
		Forward string `json:"forward_text"`
	} `json:"login_url,omitempty"`
	Copy *struct {
		Text string `json:"text"`
	} `json:"copy_text,omitempty"`
	Switch       string `json:"switch_inline_query,omitempty"`
	SwitchHere   string `json:"switch_inline_query_current_chat,omitempty"`
	SwitchChosen *struct {
		Query string `json:"query"`
	} `json:"switch_inline_query_chosen_chat,omitempty"`
}

type callback struct {
	ID      string         `json:"id"`
	From    *tgbotapi.User `json:"from"`
	Message *struct {      // may be inaccessible: then only these are there
		ID     int   `json:"message_id"`
		Chat   *chat `json:"chat"`
		Thread int   `json:"message_thread_id"`
		Topic  bool  `json:"is_topic_message"`
	} `json:"message"`
	Data string `json:"data"`
}

type memberChanged struct {
	Chat *chat          `json:"chat"`
	From *tgbotapi.User `json:"from"`
	New  struct {
		Status   string `json:"status"`
		IsMember *bool  `json:"is_member"`
	} `json:"new_chat_member"`
}

type inlineQuery struct {
	ID    string         `json:"id"`
	From  *tgbotapi.User `json:"from"`
	Query string         `json:"query"`
}

// known are the message fields read above or carrying nothing to read.
var known = set(
	"message_id", "message_thread_id", "direct_messages_topic", "from", "sender_chat",
	"sender_boost_count", "sender_business_bot", "sender_tag", "date", "business_connection_id", "chat",
	"forward_origin", "forward_from", "forward_from_chat", "forward_from_message_id",
	"forward_signature", "forward_sender_name", "forward_date",
	"is_topic_message", "is_automatic_forward", "reply_to_message", "external_reply",
	"quote", "reply_to_story", "reply_to_checklist_task_id", "reply_to_poll_option_id", "via_bot",
	"edit_date", "has_protected_content", "is_from_offline", "is_paid_post",
	"media_group_id", "author_signature", "paid_star_count", "text", "entities",
	"link_preview_options", "suggested_post_info", "effect_id", "animation",
	"audio", "document", "paid_media", "photo", "sticker", "story", "video",
	"video_note", "voice", "caption", "caption_entities",
	"show_caption_above_media", "has_media_spoiler", "checklist", "contact",
	"dice", "game", "poll", "venue", "location", "invoice", "reply_markup",
	"giveaway", "giveaway_winners", "web_app_data", "passport_data",
	"guest_query_id", "guest_bot_caller_user", "guest_bot_caller_chat",
	"receiver_user", "ephemeral_message_id",
)

// service are the fields of messages that nobody wrote: somebody joined, a
// title changed. Nothing is answered to them.
var service = set(
	"new_chat_members", "new_chat_member", "new_chat_participant", "left_chat_member",
	"left_chat_participant", "chat_owner_left", "chat_owner_changed",
	"new_chat_title", "new_chat_photo", "delete_chat_photo",
	"group_chat_created", "supergroup_chat_created", "channel_chat_created",
	"message_auto_delete_timer_changed", "migrate_to_chat_id",
	"migrate_from_chat_id", "pinned_message", "successful_payment",
	"refunded_payment", "users_shared", "user_shared", "chat_shared", "gift",
	"unique_gift", "gift_upgrade_sent", "connected_website", "write_access_allowed",
	"proximity_alert_triggered", "boost_added", "chat_background_set",
	"checklist_tasks_done", "checklist_tasks_added", "direct_message_price_changed",
	"forum_topic_created", "forum_topic_edited", "forum_topic_closed",
	"forum_topic_reopened", "general_forum_topic_hidden", "general_forum_topic_unhidden",
	"giveaway_created", "giveaway_completed", "paid_message_price_changed",
	"suggested_post_approved", "suggested_post_approval_failed",
	"suggested_post_declined", "suggested_post_paid", "suggested_post_refunded",
	"video_chat_scheduled", "video_chat_started", "video_chat_ended",
	"video_chat_participants_invited", "voice_chat_scheduled", "voice_chat_started",
	"voice_chat_ended", "voice_chat_participants_invited",
)

func set(names ...string) map[string]bool {
	m := make(map[string]bool, len(names))
	for _, n := range names {
		m[n] = true
	}
	return m
}
