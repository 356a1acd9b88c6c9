"""One file per kind of region: its options, and the polygons and tables it is assembled from."""
