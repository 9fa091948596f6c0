package router

// StartAt sets the count of handled stanzas, before any has arrived.
func (in *Inbound) StartAt(h uint32) { in.handled = h }
