package check

// Despair says whether a text speaks of ending or hurting oneself, in any
// language. It is no sign and gives no outcome: whoever hears it has something
// else to say first.
func (c *Checker) Despair(text string) bool {
	s := c.pool.Get().(*scratch)
	defer c.pool.Put(s)
	s.fold(text)
	c.book.scan(s)
	c.book.run(s)
	for _, m := range s.matches {
		if o := c.book.owners[m.owner]; o.kind == ownCue && o.id == cueDespair {
			return true
		}
	}
	return false
}
