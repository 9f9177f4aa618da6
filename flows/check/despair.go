package check

// Despair says whether a text speaks of ending or hurting oneself, in any
// language. It is no sign and gives no outcome: whoever hears it has something
// else to say first.
func (c *Checker) Despair(text string) bool { return c.hears(text, cueDespair) }

// hears says whether a cue of a kind stands in a text.
func (c *Checker) hears(text string, cue int32) bool {
	s := c.pool.Get().(*scratch)
	defer c.pool.Put(s)
	s.fold(text)
	c.book.scan(s)
	c.book.run(s)
	for _, m := range s.matches {
		if o := c.book.owners[m.owner]; o.kind == ownCue && o.id == cue {
			return true
		}
	}
	return false
}
