"""Their shapes, as they go over the wire; the sources are the pages of UCloud's developer guide that each names."""
