package check

// Lost says whether somebody tells, in any language, that they lost money to a
// scam. It is no sign and gives or lowers no outcome: whoever hears it has first
// to say what to do now.
func (c *Checker) Lost(text string) bool { return c.hears(text, cueLost) }
