package check

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestDespair holds which words are heard as those of somebody who no longer
// wants to live, and which are not: who fears to die wants to live.
func TestDespair(t *testing.T) {
	c := checker(t)
	for _, text := range []string{
		"I lost everything and I want to die", "i cant do this anymore, going to kill myself", "There is no reason left to live",
		"They took all my savings. I don't want to live anymore.", "im thinking about suicide",
		"钱都没了，我不想活了", "我真的想死", "想跳楼", "saya ingin mati saja", "Aku mau bunuh diri", "udah capek hidup",
		"Mất hết tiền rồi, em muốn chết", "toi khong muon song nua", "định tự tử", "หมดตัวแล้ว ผมอยากตาย", "ไม่อยากมีชีวิตอยู่แล้ว",
		"ငွေတွေ ကုန်ပြီ သေချင်တယ်", "သတ်သေတော့မယ်",
	} {
		require.True(t, c.Despair(text), text)
	}
	for _, text := range []string{
		"I don't want to die here, please help", "They said they will kill me", "I am dying to see you", "this deadline is killing me",
		"my phone died", "He hurt himself at work", "我想死你了", "笑死我了", "累死了", "saya tidak mau mati di sini", "baterai HP mati",
		"mati lampu dari tadi", "em không muốn chết ở đây", "mệt muốn chết", "ผมไม่อยากตายที่นี่", "ขำจะตาย", "မသေချင်ဘူး", "ပျင်းလို့ သေတော့မယ်",
		"Customer service agent wanted in Cambodia, no experience", "Prevent suicide: a talk at the school on Friday",
	} {
		require.False(t, c.Despair(text), text)
	}
}
