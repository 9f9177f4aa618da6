package hotlines

import "time"

// zones are the clocks of places, by the capital's where a country has several
// (IANA time zone database).
func zones() map[string]string {
	return map[string]string{
		"KH": "Asia/Phnom_Penh", "MM": "Asia/Yangon", "LA": "Asia/Vientiane", "TH": "Asia/Bangkok", "VN": "Asia/Ho_Chi_Minh",
		"MY": "Asia/Kuala_Lumpur", "PH": "Asia/Manila", "ID": "Asia/Jakarta", "SG": "Asia/Singapore", "BN": "Asia/Brunei",
		"TL": "Asia/Dili", "CN": "Asia/Shanghai", "TW": "Asia/Taipei", "HK": "Asia/Hong_Kong", "MO": "Asia/Macau",
		"JP": "Asia/Tokyo", "KR": "Asia/Seoul", "IN": "Asia/Kolkata", "BD": "Asia/Dhaka", "NP": "Asia/Kathmandu",
		"LK": "Asia/Colombo", "PK": "Asia/Karachi", "AE": "Asia/Dubai", "SA": "Asia/Riyadh", "QA": "Asia/Qatar",
		"OM": "Asia/Muscat", "KW": "Asia/Kuwait", "BH": "Asia/Bahrain", "TR": "Europe/Istanbul", "GE": "Asia/Tbilisi",
		"UZ": "Asia/Tashkent", "KZ": "Asia/Almaty", "MN": "Asia/Ulaanbaatar", "ET": "Africa/Addis_Ababa", "KE": "Africa/Nairobi",
		"UG": "Africa/Kampala", "NG": "Africa/Lagos", "GH": "Africa/Accra", "ZA": "Africa/Johannesburg", "EG": "Africa/Cairo",
		"MA": "Africa/Casablanca", "PE": "America/Lima", "CO": "America/Bogota", "BR": "America/Sao_Paulo", "MX": "America/Mexico_City",
		"US": "America/New_York", "CA": "America/Toronto", "GB": "Europe/London", "IE": "Europe/Dublin", "FR": "Europe/Paris",
		"DE": "Europe/Berlin", "ES": "Europe/Madrid", "IT": "Europe/Rome", "NL": "Europe/Amsterdam", "CH": "Europe/Zurich",
		"PL": "Europe/Warsaw", "UA": "Europe/Kyiv", "RU": "Europe/Moscow", "SE": "Europe/Stockholm", "AU": "Australia/Sydney",
		"NZ": "Pacific/Auckland", "PG": "Pacific/Port_Moresby",
	}
}

// Clock is the clock of a place, for saying when somebody is awake there; UTC
// and false when it is not known.
func Clock(country string) (*time.Location, bool) {
	l, err := time.LoadLocation(zones()[country])
	if err != nil || zones()[country] == "" {
		return time.UTC, false
	}
	return l, true
}
