package check

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestLost holds which words are heard as those of somebody who lost money to a
// scam, and which are not: a fear, a warning, a question, an offer.
func TestLost(t *testing.T) {
	c := checker(t)
	for _, text := range []string{
		"I lost all my money to a scam", "i was scammed yesterday pls help", "I think I got scammed, what do I do?", "I've been defrauded by a broker on telegram",
		"They took all my savings and blocked me", "he scammed me out of 5000 dollars", "I sent 3000 usd to a scammer", "we fell for an investment scam",
		"I have lost my life savings", "a scammer robbed us",
		"aku kena tipu", "saya baru kena tipu 5 juta", "gue ketipu online", "uang saya dibawa kabur", "udah ketipu 10 juta gimana dong", "Saya jadi korban penipuan online", "aku kehilangan semua uang",
		"tôi bị lừa mất tiền", "em bị lừa hết tiền rồi, phải làm sao", "toi bi lua mat 200 trieu", "Mình vừa bị lừa đảo trên telegram", "em lỡ chuyển tiền cho kẻ lừa đảo", "mẹ tôi bị lừa mất 50 triệu",
		"ฉันโดนโกงเงิน", "ผมถูกหลอกให้โอนเงินไป 50000", "โดนโกงเงินไปห้าหมื่น ทำยังไงดี", "หนูโดนแก๊งคอลเซ็นเตอร์หลอก", "เพิ่งโดนโกงมา", "มิจฉาชีพเอาเงินฉันไปหมด",
		"我被骗了钱", "我被骗了", "我刚被骗走三万块", "他们骗走了我的钱", "我的积蓄全没了，都是骗子", "我被人骗了怎么办", "我遇到诈骗了",
		"ကျွန်တော် ငွေ လိမ်ခံရပါတယ်", "ပိုက်ဆံတွေ အလိမ်ခံရပြီ", "လူလိမ်ဆီ ငွေလွှဲမိတယ်", "အွန်လိုင်းမှာ လိမ်ခံလိုက်ရတယ်",
	} {
		require.True(t, c.Lost(text), text)
	}
	for _, text := range []string{
		"Is this a scam?", "I am afraid of being scammed", "Do not get scammed, beware", "You can never lose money with us", "Many people were scammed last year",
		"I lost my phone", "I lost my keys and my money for the bus", "Earn 500 USD a day, no experience", "my friend is not a scammer",
		"apakah ini penipuan?", "awas jangan sampai ketipu", "aku takut ketipu", "uang saya di bank", "lowongan kerja tanpa biaya",
		"đây có phải lừa đảo không?", "cẩn thận kẻo bị lừa mất tiền", "tôi sợ bị lừa", "nhiều người bị lừa mất tiền", "tôi bị mất điện thoại",
		"อันนี้หลอกลวงไหม", "ระวังโดนโกง", "กลัวโดนหลอก", "รับสมัครงาน รายได้ดี", "这是骗局吗", "小心被骗", "我怕被骗", "招聘客服，月薪两万", "我被老板骂了",
		"ဒါ လိမ်တာလား", "အလိမ်မခံရအောင် သတိထားပါ", "အလုပ်ခေါ်စာ",
	} {
		require.False(t, c.Lost(text), text)
	}
}

// What was lost lowers no outcome: a cry stays a cry, and a lure a lure.
func TestLostLowersNothing(t *testing.T) {
	c := checker(t)
	for text, least := range map[string][]Outcome{
		"I was scammed, they took my passport and I cannot leave the compound in Myawaddy, please help":                                            {Danger},
		"I lost all my money to a scam until I met Mr Hacker, he recovered everything, contact him on telegram @recover_pro and pay the fee first": {Caution, Scam},
	} {
		require.Contains(t, least, c.Case(Case{Texts: []string{text}}).Outcome, text)
	}
}
