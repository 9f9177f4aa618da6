package flows

import (
	"slices"

	"github.com/offercheck/offercheck/flows/check"
)

// Keys are all messages and labels these conversations can say, but for the
// advice, questions and signs a checker names; sorted. A language must have
// every one of them.
func (b *Book) Keys() []Key {
	keys := []Key{
		"start", "help", "check_ready", "unknown_command", "stopped", "nothing_to_stop", "privacy",
		"delete_ask", "deleted", "delete_kept", "language_pick", "language_set", "language_offer",
		"btn_no_text", "btn_questions", "btn_ask", "btn_more", "btn_report", "btn_help", "btn_language", "btn_useful",
		"btn_not_useful", "btn_more_help", "btn_skip", "btn_back", "btn_stop", "btn_new", "btn_result", "btn_next", "btn_prev",
		"btn_country", "btn_delete_yes", "btn_delete_no",
		"outcome_trafficking", "outcome_unclear", "outcome_no_match", "outcome_confirmed", "no_match_note",
		"signs_heading", "sign_quoted", "sign_asked", "sign_plain", "signs_more", "source_published", "source_reported",
		"advice_heading", "item", "result_more", "result_edited", "result_answers", "result_unread", "quiet", "quiet_pop",
		"ask_heading", "ask_footer", "question_count", "questions_none", "now_airport", "now_way", "now_soon",
		"more_ask", "case_full", "empty", "files_received", "edit_ignored", "stale_tap", "stale_gone", "vote_thanks", "vote_sorry",
		"report", "lines_pick", "lines_heading", "lines_none", "lines_nothing", "lines_footer", "line_entry", "line_hours",
		"line_cost", "line_languages", "line_caution", "line_source", "line_source_undated", "line_" + LineScam,
		"line_" + LineLoss, "line_" + LineWork, "group_how", "group_more", "inline_short",
	}
	keys = append(append(keys, UnreadKeys()...), dangerKeys()...)
	keys = append(keys, b.formKeys()...)
	for _, o := range []check.Outcome{check.Scam, check.Caution} {
		for _, k := range namedKinds {
			keys = append(keys, outcomeKey(check.Verdict{Outcome: o, Kind: k}))
		}
	}
	for _, q := range b.questions {
		keys = append(keys, Key(q.id))
		for _, o := range q.answers {
			keys = append(keys, Key(q.id+"_"+o.value))
		}
	}
	for _, c := range b.countries {
		keys = append(keys, Key("country_"+c))
	}
	slices.Sort(keys)
	return slices.Compact(keys)
}

// Keys are the messages a checker's verdicts can name: advice, questions and
// signs, by their ids.
func Keys(advice, ask, signs []string) []Key {
	var keys []Key
	for _, id := range advice {
		keys = append(keys, Key("advice_"+id))
	}
	for _, id := range ask {
		keys = append(keys, Key("ask_"+id))
	}
	for _, id := range signs {
		keys = append(keys, Key("sign_"+id), Key("sign_"+id+"_why"))
	}
	return keys
}
