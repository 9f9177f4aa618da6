package hotlines

// For lists the public lines for what happened to whom and where.
func (d *Directory) For(f Facts) []Line {
	return d.Lines(f.Country)
}

func compoundCountries() []string {
	return []string{"KH", "MM", "LA", "TH", "PH", "MY", "VN", "AE", "PE"}
}
