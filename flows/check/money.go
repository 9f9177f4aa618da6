package check

import (
	"strconv"
	"strings"
	"unicode/utf8"
)

// What a word near a number says.
const (
	wordCurrency = iota + 1
	wordScale    // thousand, juta, 万: multiplies
	wordPeriod
	wordSalary // names pay, and by its language the money it is paid in
	wordPay    // money changes hands
	wordRange  // to, sampai, 至
	wordFiller // net, or more: may stand between an amount and its period
)

// moneyWord is a word that makes a number an amount of money.
type moneyWord struct {
	kind   byte
	code   string  // currency, or the one the word implies
	scale  float64 // of a scale
	period string
	named  bool // a salary word that names its period
}

// preWords is what was read before a number, in the same line.
type preWords struct {
	currency struct {
		code       string
		start, end int
	}
	period struct {
		is  string
		end int
	}
	salary struct {
		code, period string
		end          int
	}
	scale struct {
		by         float64
		code       string
		start, end int
	}
	pay int
}

// endSentence forgets what belongs to one sentence; the salary named there may
// still be told in the next.
func (p *preWords) endSentence() {
	*p = preWords{}
}

// takeMoneyWords fills the two lexicons: what may stand before an amount and
// what may follow it.
func (f *facts) takeMoneyWords() {
	before := func(w moneyWord, words string) {
		for _, x := range strings.Split(words, "|") {
			f.words.add(&f.spell, x, w)
		}
	}
	after := func(w moneyWord, words string) {
		for _, x := range strings.Split(words, "|") {
			f.tails.add(&f.spell, x, w)
		}
	}
	for code, words := range map[string]string{
		"USD":  "usd|us$|us dollars|us dollar|$|dollars|dollar|美金|美元|美刀|đô la|đô mỹ|dolar|ดอลลาร์|ดอลล่าร์|ดอลลาร์สหรัฐ|ဒေါ်လာ|долларов|доллара|доллар|долл|달러|ドル",
		"USDT": "usdt|usdt trc20|tether|泰达币|юсдт",
		"VND":  "vnd|vnđ|=đồng|đồng việt nam|₫|越南盾|ดอง",
		"IDR":  "rp|idr|rupiah|印尼盾|รูเปียห์",
		"THB":  "thb|baht|บาท|฿|ဘတ်|泰铢|泰銖|铢|бат|батов",
		"CNY":  "rmb|cny|yuan|renminbi|人民币|人民幣|¥|￥|หยวน|ယွမ်|юаней|юань|=nhân dân tệ|=tệ",
		"JPY":  "jpy|yen|日元|日圓|円|เยน",
		"MMK":  "mmk|kyats|kyat|ကျပ်ငွေ|ကျပ်|缅币|緬幣",
		"PHP":  "php|₱|pesos|peso|比索|เปโซ|piso",
		"MYR":  "myr|rm|ringgit|马币|馬幣|令吉|ริงกิต|ရင်းဂစ်",
		"SGD":  "sgd|s$|新币|新幣|新加坡元|坡币",
		"HKD":  "hkd|hk$|港币|港幣|港元",
		"TWD":  "twd|nt$|ntd|台币|台幣|新台币|新台幣",
		"KRW":  "krw|₩|won|韩元|韓元|韩币|원|วอน",
		"INR":  "inr|₹|rupees|rupee|卢比|रुपये|रुपए|रुपया|रुपयों|रूपये|रूपए|रु|रु.|rupaye|rupay|rupye|rupiye|rupaiye|rupaya|rupya|rupaiya",
		"AED":  "aed|dirhams|dirham|迪拉姆|迪拉姆斯|ดิรแฮม|ဒါရမ်",
		"SAR":  "sar|riyals|riyal",
		"QAR":  "qar",
		"EUR":  "eur|€|euros|euro|欧元|евро",
		"GBP":  "gbp|£|英镑",
		"RUB":  "rub|₽|рублей|рубля|рубль|руб|卢布",
		"UAH":  "uah|грн|₴",
		"KZT":  "kzt|тенге|₸",
		"KHR":  "khr|riels|riel|៛|瑞尔",
		"LAK":  "lak|kip|₭|กีบ|ກີບ",
		"AUD":  "aud|a$|au$",
		"CAD":  "cad|c$|ca$",
		"NZD":  "nzd|nz$",
		"TRY":  "₺|lira",
		"NGN":  "ngn|₦|naira",
		"KES":  "kes|ksh|kshs",
		"UGX":  "ugx",
		"ETB":  "etb|birr",
		"ZAR":  "zar",
		"GHS":  "ghs|cedis",
		"NPR":  "npr",
		"LKR":  "lkr",
		"PKR":  "pkr",
		"BDT":  "bdt|taka|৳|টাকা|টাকার",
		"MZN":  "mzn|meticais|metical",
		"BRL":  "brl|r$|reais",
		"MXN":  "mxn|mx$",
		"PEN":  "soles|s/.",
		"BTC":  "btc|bitcoin|bitcoins",
		"ETH":  "eth|ethereum",
		"TRX":  "trx",
	} {
		w := moneyWord{kind: wordCurrency, code: code}
		before(w, words)
		after(w, words)
	}
	before(moneyWord{kind: wordCurrency, code: "INR"}, "rs")
	before(moneyWord{kind: wordCurrency, code: "BDT"}, "tk.") // a bare "tk" is an account in Vietnamese
	after(moneyWord{kind: wordCurrency, code: "BDT"}, "tk|tk.")
	after(moneyWord{kind: wordCurrency, code: "MZN"}, "mt|mts")
	after(moneyWord{kind: wordCurrency, code: "USD"}, "bucks|刀|=đô|$us|u.s. dollars")
	after(moneyWord{kind: wordCurrency, code: "USDT"}, "u")
	after(moneyWord{kind: wordCurrency, code: "VND"}, "=đ")
	after(moneyWord{kind: wordCurrency, code: "CNY"}, "元|块钱|块|塊錢|塊|圆|圓")
	after(moneyWord{kind: wordCurrency, code: "MMK"}, "ks")

	for code, words := range map[string]string{
		"USD":  "دولار|دولارات|دولارا|دولاراً|دولار امريكي|دولار أمريكي|دولار اميركي|بالدولار|$|دولر",
		"USDT": "يو اس دي تي|تيثر|تيذر",
		"EUR":  "يورو|اورو",
		"GBP":  "جنيه استرليني|جنيه إسترليني|باوند",
		"SAR":  "ريال|ريالا|ريالات|ريالاً|ريال سعودي|ر.س|رس",
		"AED":  "درهم|درهما|دراهم|درهماً|درهم اماراتي|درهم إماراتي|د.إ",
		"QAR":  "ريال قطري|ر.ق",
		"OMR":  "ريال عماني|ر.ع",
		"KWD":  "دينار كويتي|د.ك|دك",
		"BHD":  "دينار بحريني|د.ب",
		"JOD":  "دينار اردني|دينار أردني",
		"IQD":  "دينار|دينارا|دنانير|دينار عراقي|د.ع",
		"DZD":  "دينار جزائري|د.ج|دج|dzd",
		"TND":  "دينار تونسي|د.ت|دت|tnd",
		"LYD":  "دينار ليبي|د.ل",
		"EGP":  "جنيه|جنيها|جنيهات|جنيهاً|جنيه مصري|ج.م|egp|l.e",
		"MAD":  "درهم مغربي|د.م",
		"SYP":  "ليرة سورية|ل.س|ليرة",
		"TRY":  "ليرة تركية|ليرة تركي",
		"LBP":  "ليرة لبنانية|ل.ل",
	} {
		w := moneyWord{kind: wordCurrency, code: code}
		after(w, words)
		before(w, words)
	}
	scale := func(by float64, implied, words string) {
		after(moneyWord{kind: wordScale, scale: by, code: implied}, words)
	}
	scale(1e3, "", "k|thousand|thousands|천|hazar|hazaar|hajar|hajaar|हजार|हज़ार|libo")
	scale(1e3, "IDR", "ribu|rb|ribuan")
	scale(1e3, "VND", "nghìn|ngàn")
	scale(1e3, "THB", "พัน")
	scale(1e3, "MMK", "ထောင်")
	scale(1e3, "RUB", "тыс|тысяч|тысячи|тр")
	scale(1e3, "", "الف|الاف|تلاف|آلاف|ألف|ألفا")
	scale(1e6, "", "مليون|ملايين")
	scale(1e3, "CNY", "千")
	scale(1e2, "CNY", "百")
	scale(1e4, "CNY", "万|萬|w")
	scale(1e4, "THB", "หมื่น")
	scale(1e4, "MMK", "သောင်း")
	scale(1e4, "KRW", "만")
	scale(1e5, "THB", "แสน")
	scale(1e5, "MMK", "သိန်း")
	scale(1e5, "INR", "lakhs|lakh|lacs|lac|लाख")
	scale(1e3, "BDT", "হাজার")
	scale(1e5, "BDT", "লাখ|লক্ষ")
	scale(1e6, "IDR", "juta|jt|jutaan")
	scale(1e6, "VND", "triệu|tr|=củ")
	scale(1e6, "", "million|millions|mio|m")
	scale(1e6, "THB", "ล้าน")
	scale(1e6, "MMK", "သန်း")
	scale(1e6, "RUB", "млн|миллиона|миллионов")
	scale(1e7, "INR", "crores|crore|karod|करोड़")
	scale(1e8, "CNY", "亿|億")
	scale(1e9, "IDR", "miliar")
	scale(1e9, "VND", "=tỷ|=tỉ")
	// Burmese puts the scale of a large round sum before the number.
	for word, by := range map[string]float64{"သိန်း": 1e5, "သောင်း": 1e4, "ထောင်": 1e3, "ကျပ်သိန်း": 1e5, "ကျပ် သိန်း": 1e5, "သန်း": 1e6} {
		before(moneyWord{kind: wordScale, scale: by, code: "MMK"}, word)
	}

	period := func(is string) moneyWord { return moneyWord{kind: wordPeriod, period: is} }
	both := func(is, words string) { before(period(is), words); after(period(is), words) }
	tail := func(is, words string) { after(period(is), words) }
	for _, u := range []struct{ is, en, vi, id string }{
		{"month", "month|mo|mth|mon", "tháng", "bulan|bln"},
		{"day", "day", "ngày|hôm", "hari"},
		{"week", "week|wk", "tuần", "minggu"},
		{"hour", "hour|hr", "giờ|tiếng", "jam"},
		{"year", "year|yr|annum", "năm", "tahun|thn"},
		{"task", "task|order|click|review|video|parcel|like", "đơn|nhiệm vụ|đơn hàng|video|lượt", "tugas|order|misi|klik|video"},
	} {
		for _, w := range strings.Split(u.en, "|") {
			for _, p := range []string{"per ", "a ", "an ", "every ", "each ", "/", "/ ", "one "} {
				if w == "mon" && p != "/" {
					continue
				}
				tail(u.is, p+w)
			}
			if len(w) > 2 && w != "like" && w != "video" && w != "click" && w != "review" && w != "order" && w != "mon" {
				before(period(u.is), "per "+w+"|every "+w+"|each "+w)
			}
		}
		for _, w := range strings.Split(u.vi, "|") {
			for _, p := range []string{"/", "/ ", "một ", "1 ", "/1 ", "mỗi ", "trên ", "hàng ", "trong 1 "} {
				tail(u.is, p+w)
			}
			if u.is != "task" {
				before(period(u.is), "mỗi "+w+"|hàng "+w)
				tail(u.is, "="+w)
			}
		}
		for _, w := range strings.Split(u.id, "|") {
			for _, p := range []string{"per ", "/", "/ ", "tiap ", "setiap ", "1 ", "satu ", "se"} {
				tail(u.is, p+w)
			}
			if len(w) > 3 && u.is != "task" {
				before(period(u.is), "per "+w+"|setiap "+w+"|tiap "+w)
			}
		}
	}
	// Words that name the pay and its period at once, before the plain periods.
	for is, words := range map[string]string{"month": "月薪|月入|月收入|月工资|月结|月結", "week": "周薪|周入|周结", "day": "日薪|日入|日赚|日賺|日结|日結|日收", "hour": "时薪|時薪", "year": "年薪|年入"} {
		before(moneyWord{kind: wordSalary, code: "CNY", period: is, named: true}, words)
	}
	for is, words := range map[string]string{"month": "เดือนละ|รายเดือน", "week": "สัปดาห์ละ|อาทิตย์ละ", "day": "วันละ|รายวัน", "hour": "ชั่วโมงละ|ชม.ละ", "year": "ปีละ"} {
		before(moneyWord{kind: wordSalary, code: "THB", period: is, named: true}, words)
	}
	both("month", "monthly|sebulan|bulanan|每月|每个月|每個月|一个月|一個月|1个月|月薪|月入|月收入|月结|月結|月工资|เดือนละ|รายเดือน|တစ်လ|တလ|လစဉ်|в месяц|ежемесячно|kada buwan|bawat buwan|isang buwan|월")
	both("day", "daily|sehari|harian|sehari-hari|每天|每日|一天|1天|日薪|日入|日赚|日賺|日结|日結|当天结|วันละ|รายวัน|တစ်နေ့|တနေ့|နေ့စဉ်|နေ့တွက်|တစ်ရက်|တရက်|в день|ежедневно|kada araw|bawat araw|isang araw")
	both("week", "weekly|seminggu|mingguan|每周|每週|一周|周薪|周入|周结|สัปดาห์ละ|อาทิตย์ละ|รายสัปดาห์|တစ်ပတ်|တပတ်|အပတ်စဉ်|в неделю|kada linggo|bawat linggo")
	both("hour", "hourly|sejam|每小时|每小時|一小时|时薪|時薪|ชั่วโมงละ|ชม.ละ|တစ်နာရီ|တနာရီ|в час|kada oras|bawat oras")
	both("year", "yearly|annually|per annum|setahun|tahunan|每年|一年|年薪|年入|ปีละ|รายปี|တစ်နှစ်|တနှစ်|в год")
	both("task", "每单|每單|一单|一單|单笔|每个任务|งานละ|ออเดอร์ละ|за задание|за заказ|တစ်ခု")
	tail("month", "month|bulan|ต่อเดือน|/เดือน|/ เดือน|ต่อ1เดือน|เดือน|/月|月|元月|/လ|за месяц|/мес|/месяц|мес|месяц|buwan")
	tail("day", "day|hari|perhari|ต่อวัน|/วัน|/ วัน|วัน|/天|/日|天|日|/ရက်|/နေ့|за день|/день|в сутки|за смену|/смена|araw")
	tail("week", "week|minggu|ต่อสัปดาห์|ต่ออาทิตย์|/สัปดาห์|/周|周|за неделю|/неделя")
	tail("hour", "jam|ต่อชั่วโมง|/ชั่วโมง|/ชม|/小时|小时|/时|за час|/час")
	tail("year", "tahun|ต่อปี|/ปี|/年|/год")
	tail("task", "ต่องาน|ต่อออเดอร์|/งาน|/单|单|/單|за лайк|/задание")
	// Portuguese, Spanish, French, German, Bengali, Filipino and Hindi.
	for is, words := range map[string]string{
		"month": "por mês|ao mês|todo mês|cada mês|mensalmente|al mes|cada mes|mensualmente|par mois|chaque mois|mensuellement|pro monat|jeden monat|monatlich|" +
			"প্রতি মাসে|প্রতিমাসে|প্রতি মাস|মাসে|মাসিক|buwanan|buwan-buwan|sa isang buwan|kada isang buwan|" +
			"हर महीने|प्रति माह|प्रतिमाह|महीना|महीने|मासिक|har mahine|har mahina|mahina|mahine|mahiney|maheene",
		"day": "por dia|todo dia|todos os dias|cada dia|diariamente|diários|diárias|todos los días|diarios|diarias|par jour|chaque jour|quotidiennement|" +
			"pro tag|jeden tag|täglich|প্রতিদিন|প্রতি দিন|দিনে|দৈনিক|রোজ|araw-araw|arawan|sa isang araw|kada isang araw|" +
			"हर दिन|प्रतिदिन|प्रति दिन|रोज|रोज़|रोजाना|रोज़ाना|दिन का|दिन के|एक दिन|har din|har roz|rozana|rojana|roz|roj|pratidin|din ka|din ke|ek din",
		"week": "por semana|cada semana|toda semana|semanalmente|a la semana|par semaine|chaque semaine|pro woche|in der woche|jede woche|wöchentlich|" +
			"প্রতি সপ্তাহে|সপ্তাহে|সাপ্তাহিক|lingguhan|linggo-linggo|sa isang linggo|हर हफ्ते|हफ्ते|हफ़्ते|साप्ताहिक|har hafte|hafte",
		"hour": "por hora|cada hora|à hora|par heure|de l'heure|pro stunde|die stunde|stündlich|প্রতি ঘণ্টায়|প্রতি ঘন্টায়|ঘণ্টায়|ঘন্টায়|sa isang oras|हर घंटे|प्रति घंटा|घंटे के|har ghante|ghante ke|ghante ka",
		"year": "por ano|ao ano|por año|al año|cada año|anualmente|par an|chaque année|pro jahr|im jahr|jährlich|প্রতি বছর|বছরে|বার্ষিক|kada taon|bawat taon|taunan|sa isang taon|सालाना|हर साल|प्रति वर्ष|salana|saalana|har saal",
		"task": "por tarefa|cada tarefa|por curtida|por avaliação|por tarea|cada tarea|por reseña|par tâche|par avis|pro aufgabe|pro auftrag|pro bewertung|" +
			"প্রতি টাস্কে|প্রতি কাজে|প্রতি লাইকে|প্রতি ভিডিওতে|kada task|bawat task|kada like|bawat like|kada video|bawat video|" +
			"हर टास्क|प्रति टास्क|हर लाइक|हर वीडियो|हर रिव्यू|प्रति रिव्यू|har task|ek task|har like|ek like|har video|har review|ek review",
	} {
		both(is, words)
	}
	for is, words := range map[string]string{
		"month": "im monat|/mês|/mes|mensais|mensal|mensuales|mensual|/mois|mensuels|/monat|/মাস|/buwan|/माह|/महीना|/mahina",
		"day":   "al día|ao dia|am tag|/dia|/día|/jour|/tag|/দিন|/araw|/दिन|/din",
		"week":  "/semana|semanais|semanales|/semaine|hebdomadaires|/woche|/সপ্তাহ|/linggo",
		"hour":  "la hora|a hora|/hora|/heure|/stunde|/std|/ঘণ্টা|/ঘন্টা|/oras",
		"year":  "/ano|/año|anuais|anuales|/an|annuels|/jahr|/বছর|/taon",
		"task":  "/tarefa|/tarea|/tâche|/aufgabe",
	} {
		tail(is, words)
	}

	for is, words := range map[string]string{
		"month": "شهريا|شهرياً|شهريًا|في الشهر|بالشهر|كل شهر|فى الشهر|الشهري|شهري|للشهر|ف الشهر|لكل شهر",
		"day":   "يوميا|يومياً|يوميًا|في اليوم|باليوم|كل يوم|فى اليوم|ف اليوم|لليوم|يومي|باليومية|لكل يوم|فاليوم|فالنهار|بالنهار",
		"week":  "اسبوعيا|أسبوعياً|أسبوعيًا|في الاسبوع|في الأسبوع|بالاسبوع|بالأسبوع|كل اسبوع|كل أسبوع|فالسيمانة|بالجمعة",
		"hour":  "في الساعة|بالساعة|كل ساعة|للساعة|لكل ساعة|ف الساعة",
		"year":  "سنويا|سنوياً|سنويًا|في السنة|بالسنة|كل سنة",
		"task":  "لكل مهمة|لكل مهمه|عن كل مهمة|على كل مهمة|لكل لايك|لكل تقييم|لكل إعجاب|عن كل تقييم|لكل طلب|لكل فيديو",
	} {
		both(is, words)
	}
	for is, words := range map[string]string{"month": "/شهر|/الشهر", "day": "/يوم|/اليوم", "week": "/اسبوع|/أسبوع", "hour": "/ساعة|/ساعه", "task": "/مهمة"} {
		tail(is, words)
	}

	salary := func(code, words string) {
		before(moneyWord{kind: wordSalary, code: code, period: "month"}, words)
	}
	salary("", "salary|basic salary|base pay|basic pay|salaries|wage|wages|sweldo|sahod")
	salary("", "सैलरी|वेतन|तनख्वाह|तनख़्वाह|पगार|मासिक वेतन|tankhwah|tankhwa|tankha|pagar|pagaar|vetan|selary|sellary|sailary")
	salary("IDR", "gaji|gaji pokok|gapok|penghasilan")
	salary("VND", "=lương|thu nhập|lương cứng|lương cơ bản|mức lương")
	salary("THB", "เงินเดือน|รายได้|ค่าจ้าง|ค่าตอบแทน|ฐานเงินเดือน")
	salary("MMK", "လစာ|ဝင်ငွေ|လစာငွေ")
	salary("CNY", "工资|工資|薪资|薪資|薪水|底薪|保底|待遇|综合工资")
	salary("RUB", "зарплата|зп|з/п|оклад|доход|оплата")
	salary("", "راتب|الراتب|براتب|رواتب|مرتب|المرتب|بمرتب|الاجر|أجر|اجر|معاش|دخل|معاش شهري|راتب شهري|صالير|الصالير|المعاش|الدخل|راتبك|مرتبك|راتبها")
	before(moneyWord{kind: wordPay}, "pay|pays|paid|earn|earns|earned|earning|earnings|income|make|made|bonus|bonuses|commission|deposit|fee|receive|get|up to|"+
		"komisi|deposit|bayar|biaya|transfer|cuan|upah|hasil|dapat|fee|"+
		"kiếm|kiếm được|thưởng|phí|cọc|đặt cọc|nạp|chuyển|hoa hồng|nhận|"+
		"โบนัส|ได้เงิน|โอน|ฝาก|มัดจำ|ค่าแรง|ค่าคอม|จ่าย|ค่าธรรมเนียม|รับเงิน|"+
		"ငွေ|ရမယ်|ဘောနပ်|ကော်မရှင်|ပေးမယ်|စရံ|ဝင်ငွေ|ရနိုင်|"+
		"佣金|提成|押金|保证金|保證金|充值|转账|轉帳|本金|赚|賺|返|日入|收入|奖金|手续费|中介费|定金|首付|提现|"+
		"заработок|платим|получай|комиссия|выплата|выплаты|от|"+
		"مبلغ|عمولة|رسوم|تربح|اربح|تكسب|اكسب|يدفع|ادفع|دفع|تحويل|حول|ارباح|أرباح|مكافأة|مكافاة|بونص|ايداع|إيداع|تامين|تأمين|غرامة|يوصل|يصل|إلى")
	for _, w := range []string{"to", "till", "until", "up to", "-", "–", "—", "~", "～", "〜", "to $", "sampai", "s/d", "hingga", "đến", "tới", "至", "到", "ถึง", "မှ", "до", "ຫາ", "多至", "الى", "إلى", "ل", "حتى", "لـ", "لحد"} {
		after(moneyWord{kind: wordRange}, w)
	}
	after(moneyWord{kind: wordFiller}, "net|nett|gross|cash|or more|and up|up|plus|+|以上|起|左右|trở lên|ขึ้นไป|lebih|bersih|salary|wage|pay|in cash|แบบ|အထက်|ကျော်|ကျပ်|и выше|保底|的|,|(|（|=đ|صافي|وأكثر|واكثر|فأكثر|كاش|نقدا")
}

// amount is a number as it was written, with its scale.
type amount struct {
	value   float64
	end     int
	scaled  float64 // 1 when no scale word stood there
	implied string  // currency the scale word implies
	small   bool    // the digits alone, without marks, are few
}

// money reads an amount of money at the digit at i.
func (s *scan) money(i int) (int, bool) {
	if i > 0 && s.text[i-1] == '+' {
		return i, false
	}
	a, ok := s.figure(i)
	if !ok {
		return i, false
	}
	return s.settle(i, a)
}

// hanNumber reads an amount written in Han numerals at i.
func (s *scan) hanNumber(i int) (int, bool) {
	a, ok := s.hanFigure(i)
	if !ok {
		return i, false
	}
	if a.small { // a bare digit is part of many words: only with its money behind it
		if w, _, ok := s.tail(a.end, 1); !ok || w.kind != wordCurrency {
			return i, false
		}
	}
	to, ok := s.settle(i, a)
	if ok {
		s.done = to
	}
	return to, ok
}

// settle decides whether a number is money: by a currency beside it, or by a
// word for pay or a scale that only money has, and reads range and period.
func (s *scan) settle(i int, a amount) (int, bool) {
	t, p := s.text, &s.pre
	start, code, end := i, "", a.end
	if p.currency.code != "" && s.near(p.currency.end, i, 3) && strings.IndexByte(t[p.currency.end:i], '-') < 0 { // "RS-232" is a plug
		code, start = p.currency.code, p.currency.start
	}
	if p.scale.by != 0 && s.near(p.scale.end, i, 3) && a.scaled == 1 {
		a.value *= p.scale.by
		a.scaled, a.implied = p.scale.by, p.scale.code
		start = min(start, p.scale.start)
	}
	if a.end < len(t) && (t[a.end] == '%' || strings.HasPrefix(t[a.end:], "％")) {
		return i, false
	}
	if w, to, ok := s.tail(end, 2); ok && w.kind == wordCurrency && s.fits(w, end, to) {
		if code == "" || code == "USD" && w.code != "USD" { // "$20 SGD"
			code = w.code
		}
		end = to
	}
	value := a.value
	if top, to, c, ok := s.rangeTop(end, &a); ok {
		if top >= a.value {
			value = top
		}
		end = to
		if code == "" {
			code = c
		}
	}
	salary := p.salary.end > 0 && s.near(p.salary.end, start, 40)
	before := ""
	if p.period.is != "" && s.near(p.period.end, start, 24) {
		before = p.period.is
	}
	is, periodEnd := s.periodAfter(end)
	switch {
	case is == "":
		is = before
	case before != "" && is != before && s.near(p.period.end, start, 3):
		is, periodEnd = before, end // what follows belongs to the next amount
	}
	s.viet = s.viet || code == "VND" || a.implied == "VND" || salary && p.salary.code == "VND"
	if a.implied == "" && a.scaled == 1e3 && s.viet {
		a.implied = "VND" // "500k", as Vietnamese writes it
	}
	pays := salary || p.pay > 0 && s.near(p.pay, start, 24)
	if code == "" {
		switch {
		case a.implied != "" && (is != "" || pays || s.sure(a, end)):
			code = a.implied
			if a.implied == "CNY" && is == "" && !pays || a.implied == "THB" && is == "" && !pays {
				return i, false
			}
		case salary && !a.small && (value*s.f.pay[p.salary.code].USD >= 5 || p.salary.code == "" && value >= 100):
			code = p.salary.code
		case is != "" && periodEnd > end && (value >= 500 || a.scaled >= 1e3) && (pays || !a.small):
			// "30,000 a month": pay in money that is not named
		default:
			return i, false
		}
	}
	if is == "" && salary {
		is = p.salary.period
		if p.salary.code == "" && value*s.f.pay[code].USD >= 12000 {
			is = "year" // a salary so large is told by the year
		}
	}
	if periodEnd > end {
		end = periodEnd
	}
	if value <= 0 {
		return i, false
	}
	e := Entity{Type: "money", Valid: true, Span: [2]int{start, end}, Amount: value, Currency: code, Period: is}
	e.Value = e.money(a.value)
	s.out = append(s.out, e)
	s.pre = preWords{}
	return end, true
}

// money writes an amount for machines: "800-1000 USD/month".
func (e *Entity) money(low float64) string {
	b := make([]byte, 0, 40)
	if low > 0 && low < e.Amount {
		b = append(strconv.AppendFloat(b, low, 'f', -1, 64), '-')
	}
	b = strconv.AppendFloat(b, e.Amount, 'f', -1, 64)
	if e.Currency != "" {
		b = append(append(b, ' '), e.Currency...)
	}
	if e.Period != "" {
		b = append(append(b, '/'), e.Period...)
	}
	return string(b)
}

// near reports whether from stands at most n letters before to, no line between.
func (s *scan) near(from, to, n int) bool {
	if from > to || to-from > 3*n {
		return false
	}
	return from == to || utf8.RuneCountInString(s.text[from:to]) <= n
}

// fits weeds out tails that are money only in some company.
func (s *scan) fits(w *moneyWord, at, to int) bool {
	if w.code == "MZN" && strings.HasPrefix(strings.TrimSpace(s.text[at:to]), "mt") { // tonnes: the money is "MT"
		return false
	}
	if w.code == "USDT" && s.text[to-1]|0x20 == 'u' { // "500U", touching: "4 u" is "for you"
		return to-at == 1 && (s.han || s.text[at] == 'U')
	}
	return true
}

// sure reports whether a scale alone makes money of a number: what follows is
// no thing that is counted.
func (s *scan) sure(a amount, end int) bool {
	if a.implied == "" {
		return false
	}
	for end < len(s.text) && s.text[end] == ' ' {
		end++
	}
	if end >= len(s.text) {
		return true
	}
	r, _ := utf8.DecodeRuneInString(s.text[end:])
	return !wordy(r) && !spaceless(r)
}

// tail finds a word that may follow an amount, at most n spaces behind at.
func (s *scan) tail(at, n int) (*moneyWord, int, bool) {
	for k := 0; k < n && at < len(s.text); k++ {
		if s.text[at] == ' ' {
			at++
		} else if strings.HasPrefix(s.text[at:], "\u00a0") {
			at += 2
		}
	}
	if at >= len(s.text) {
		return nil, at, false
	}
	if t := &s.tailed; t.at != at {
		*t = tailed{at: at}
		t.word, t.end, t.ok = s.f.tails.at(&s.f.spell, s.text, at)
	}
	return s.tailed.word, s.tailed.end, s.tailed.ok
}

// tailed is what was last found behind an amount: the same place is asked for
// scale, currency, range and period. No amount ends at 0.
type tailed struct {
	at   int
	word *moneyWord
	end  int
	ok   bool
}

// periodAfter finds a period behind an amount, fillers passed by.
func (s *scan) periodAfter(end int) (string, int) {
	at := end
	for k := 0; k < 4; k++ {
		w, to, ok := s.tail(at, 2)
		switch {
		case !ok:
			return "", end
		case w.kind == wordPeriod:
			if _, _, leads := s.f.words.at(&s.f.spell, s.text, wordAt(s.text, at)); leads && numberAt(s.text, to) {
				return "", end // "5k, daily 300": it leads the next amount
			}
			return w.period, to
		case w.kind != wordFiller && w.kind != wordCurrency:
			return "", end
		}
		at = to
	}
	return "", end
}

// wordAt passes spaces by.
func wordAt(t string, i int) int {
	for i < len(t) && t[i] == ' ' {
		i++
	}
	return i
}

// numberAt reports whether a number comes next.
func numberAt(t string, i int) bool {
	i = wordAt(t, i)
	r, _ := utf8.DecodeRuneInString(t[i:])
	return digitOf(r) >= 0
}

// rangeTop reads the upper end of a range that goes on at end.
func (s *scan) rangeTop(end int, low *amount) (top float64, to int, code string, ok bool) {
	w, at, found := s.tail(end, 2)
	if !found || w.kind != wordRange {
		return 0, end, "", false
	}
	if s.text[end] == ' ' && at < len(s.text) && s.text[at] != ' ' && s.text[at-1] == '-' {
		return 0, end, "", false // "1234 -500": less, not up to
	}
	for at < len(s.text) && s.text[at] == ' ' {
		at++
	}
	if c, next, ok := s.f.words.at(&s.f.spell, s.text, at); ok && c.kind == wordCurrency {
		code, at = c.code, next
		for at < len(s.text) && s.text[at] == ' ' {
			at++
		}
	}
	high, ok := s.figure(at)
	if !ok {
		high, ok = s.hanFigure(at)
	}
	if !ok || high.end < len(s.text) && s.text[high.end] == '%' {
		return 0, end, "", false
	}
	if high.scaled > 1 && low.scaled == 1 {
		low.value *= high.scaled
		low.scaled, low.implied = high.scaled, high.implied
	} else if high.scaled == 1 && low.scaled > 1 && high.value < low.value {
		high.value *= low.scaled
	}
	if high.value < low.value {
		return 0, end, "", false // an account number and a sum, not a range
	}
	low.small = low.small && high.small
	to = high.end
	if c, next, ok := s.tail(to, 2); ok && c.kind == wordCurrency && s.fits(c, to, next) {
		code, to = c.code, next
	}
	return high.value, to, code, true
}

// moneyWord takes the word at i when it says something about a number to come.
// It gives where to go on; i+1 at most when there is no such word. k is the lead
// there.
func (s *scan) moneyWord(i int, k lead) int {
	w, end, ok := s.f.words.find(&s.f.spell, s.text, i, k)
	if !ok {
		return i + 1
	}
	p := &s.pre
	switch w.kind {
	case wordCurrency:
		p.currency.code, p.currency.start, p.currency.end = w.code, i, end
	case wordScale:
		p.scale.by, p.scale.code, p.scale.start, p.scale.end = w.scale, w.code, i, end
	case wordPeriod:
		p.period.is, p.period.end = w.period, end
	case wordSalary:
		p.salary.code, p.salary.period, p.salary.end = w.code, w.period, end
		if w.named {
			p.period.is, p.period.end = w.period, end
		}
	case wordPay:
		p.pay = end
	}
	return end
}

// figure reads a number in digits at i, of any digit system, in any of the ways
// thousands and decimals are marked, with the scale word that follows it.
func (s *scan) figure(i int) (amount, bool) {
	t := s.text
	var digits [20]byte
	var group [8]int // digits in each group
	var mark [8]rune // mark before each group but the first
	n, groups, at := 0, 1, i
	for at < len(t) {
		r, size := utf8.DecodeRuneInString(t[at:])
		if d := digitOf(r); d >= 0 {
			if n == len(digits) {
				return amount{}, false
			}
			digits[n] = byte('0' + d)
			n++
			group[groups-1]++
			at += size
			continue
		}
		if n == 0 || groups == len(group) {
			break
		}
		switch r {
		case '，', '٬', '٫':
			r = ','
		case '’':
			r = '\''
		case 0xA0, 0x2009, 0x202F:
			r = ' '
		}
		if r != ',' && r != '.' && r != '\'' && r != ' ' || at+size >= len(t) {
			break
		}
		next, _ := utf8.DecodeRuneInString(t[at+size:])
		if digitOf(next) < 0 || r == ' ' && !s.thousand(at+size, group[groups-1], groups, mark[groups-1]) {
			break
		}
		mark[groups] = r
		groups++
		at += size
	}
	if n == 0 || n > 15 || digits[0] == '0' && group[0] > 1 {
		return amount{}, false
	}
	whole := n // how many of the digits are whole
	if groups > 1 {
		last := mark[groups-1]
		same := 0
		for k := 1; k < groups; k++ {
			if mark[k] == last {
				same++
			}
		}
		threes := true
		for k := 1; k < groups; k++ {
			if group[k] != 3 && !(group[k] == 2 && last == ',' && k < groups-1) {
				threes = false
			}
		}
		switch {
		case same == groups-1 && threes && group[0] <= 3 && digits[0] != '0':
		case same == 1 && (groups > 2 || last != ' ' && last != '\''):
			whole = n - group[groups-1]
		default:
			return amount{}, false // a version, a date, an address
		}
	}
	value := 0.0
	for k := 0; k < whole; k++ {
		value = value*10 + float64(digits[k]-'0')
	}
	for k, unit := whole, 0.1; k < n; k, unit = k+1, unit/10 {
		value += unit * float64(digits[k]-'0')
	}
	a := amount{value: value, end: at, scaled: 1, small: whole < 3}
	for {
		w, to, ok := s.tail(a.end, 1)
		if !ok || w.kind != wordScale || !s.scales(w, a.end, to) {
			break
		}
		a.value *= w.scale
		a.scaled *= w.scale
		a.small = false
		if w.code != "" {
			a.implied = w.code
		}
		a.end = to
		// "3万5", "1tr5": the digit is the next place down.
		if to < len(t) && digit(t[to]) && (to+1 >= len(t) || !digit(t[to+1]) && t[to+1] != '.' && t[to+1] != ',') && s.adjoin(w) {
			a.value += float64(t[to]-'0') * w.scale / 10
			a.end++
			break
		}
	}
	return a, true
}

// thousand reports whether a space before at parts thousands.
func (s *scan) thousand(at, group, groups int, mark rune) bool {
	if group > 3 || groups > 1 && (group != 3 || mark != ' ') {
		return false
	}
	k := 0
	for k < 4 && at < len(s.text) && digit(s.text[at]) {
		at++
		k++
	}
	return k == 3
}

// adjoin reports whether a digit may follow the scale as its next place.
func (s *scan) adjoin(w *moneyWord) bool {
	return w.code == "CNY" || w.code == "VND" || w.code == "THB"
}

// scales weeds out scale words that are other words.
func (s *scan) scales(w *moneyWord, at, to int) bool {
	switch strings.ToLower(strings.TrimLeft(s.text[at:to], " ")) {
	case "k", "tr", "rb", "jt":
		return at == to || s.text[at] != ' ' || w.code != ""
	case "m":
		p := &s.pre
		return s.text[at] != ' ' && p.currency.code != ""
	case "w":
		return s.text[at] != ' ' && s.han
	}
	return true
}

// hanNumeral is the value of a Han numeral, -1 for any other rune.
func hanNumeral(r rune) float64 {
	switch r {
	case '零', '〇':
		return 0
	case '一', '壹':
		return 1
	case '二', '两', '兩', '贰':
		return 2
	case '三', '叁':
		return 3
	case '四':
		return 4
	case '五', '伍':
		return 5
	case '六':
		return 6
	case '七':
		return 7
	case '八':
		return 8
	case '九':
		return 9
	case '十':
		return 10
	case '百':
		return 100
	case '千', '仟':
		return 1e3
	case '万', '萬':
		return 1e4
	case '亿', '億':
		return 1e8
	}
	return -1
}

// hanFigure reads a number in Han numerals at i: 一万五, 三千五百, 十二万.
func (s *scan) hanFigure(i int) (amount, bool) {
	total, part, one, unit := 0.0, 0.0, -1.0, 1.0
	at, n, units := i, 0, false
	if hanNumeral(firstRune(s.text[i:])) >= 100 {
		return amount{}, false // "几亿": how many was not read
	}
	largest := 0.0
	for at < len(s.text) && n < 12 {
		r, size := utf8.DecodeRuneInString(s.text[at:])
		v := hanNumeral(r)
		if v < 0 {
			break
		}
		switch {
		case v < 10:
			if one > 0 && v > 0 {
				if !units {
					return amount{}, false // digits side by side are no amount
				}
				n = 12 // "一万五一个月": the next number begins
				continue
			}
			one = v
		case v < 1e4:
			if one < 0 {
				one = 1
			}
			part += one * v
			one, unit, units = -1, v, true
			largest = max(largest, v)
		default:
			if one > 0 {
				part += one
			}
			if part == 0 {
				part = 1
			}
			total += part * v
			part, one, unit, units = 0, -1, v, true
			largest = max(largest, v)
		}
		at += size
		n++
	}
	if n == 0 {
		return amount{}, false
	}
	if one > 0 {
		if units && unit >= 100 && !strings.HasSuffix(s.text[i:at-3], "零") {
			part += one * unit / 10
		} else {
			part += one
		}
	}
	a := amount{value: total + part, end: at, scaled: 1, small: !units}
	if units {
		a.scaled = largest
		if largest >= 1e3 { // "十天" counts days
			a.implied = "CNY"
		}
	}
	return a, a.value > 0
}
