package templates

// drawing is the path of an icon, in a square of 24; a dot for one that has no
// drawing.
func drawing(icon string) string {
	switch icon {
	case "overview":
		return "M4 20V10m5.300 10V4m5.400 16v-7m5.300 7V7"
	case "heat":
		return "M12 3c1 4 5 6 5 11a5 5 0 0 1-10 0c0-2 1-3 2-4 0 2 1 3 2 3 2-3 0-6 1-10Z"
	case "disclosure":
		return "M5 4h14v16H5zM8 8h8M8 12h8M8 16h5"
	case "supervision":
		return "M12 3l7 3v5c0 4.500-3 8-7 10-4-2-7-5.500-7-10V6zM9 12l2 2 4-4"
	case "reports":
		return "M6 3h9l4 4v14H6zM9 11h7M9 15h7M9 7h3"
	case "intake":
		return "M12 4v9m0 0-4-4m4 4 4-4M4 15v5h16v-5"
	case "inbox":
		return "M4 13h4l1.500 3h5L16 13h4M4 13 6.500 5h11L20 13v6H4z"
	case "alerts":
		return "M6 16V11a6 6 0 0 1 12 0v5l1.500 2h-15zM10 20.500h4"
	case "cases":
		return "M4 7h16v12H4zM9 7V4.500h6V7M4 12h16"
	case "silences":
		return "M6 16V11a6 6 0 0 1 9.500-4.900M18 11v5l1.500 2H8M10 20.500h4M4 4l16 16"
	case "events":
		return "M6 7a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM18 9a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM11 21a2 2 0 1 0 0-4 2 2 0 0 0 0 4zM7 6.800 10 17m2-.200L17 9M8 5.300l8 1.400"
	case "rules":
		return "M5 4h14v16H5zM8.500 8.500h7M8.500 12h7M8.500 15.500h4"
	case "outcomes":
		return "M4 20h16M6.500 20v-6m5.500 6V9m5.500 11V5"
	case "lexicon":
		return "M5 4.500h10a3 3 0 0 1 3 3V20H8a3 3 0 0 1-3-3zM5 17a3 3 0 0 1 3-3h10M9 8h5"
	case "patrol":
		return "M12 3.500 5 6v5.500c0 4.300 2.900 7.300 7 9 4.100-1.700 7-4.700 7-9V6zM9 12l2.200 2.200L15.500 10"
	case "screen":
		return "M3.500 5h17v11h-17zM9 20h6m-3-4v4"
	case "stream":
		return "M4 6h16M4 12h16M4 18h10"
	case "sources":
		return "M5 19a14 14 0 0 1 14-14M5 13a8 8 0 0 1 8-8M6.500 17.500h.01"
	case "duty":
		return "M5 6h14v14H5zM5 10.500h14M9 3.500V7m6-3.500V7m-3 6.500v3l2 1"
	case "admin":
		return "M12 15.200a3.200 3.200 0 1 0 0-6.400 3.200 3.200 0 0 0 0 6.400zM12 3.500v3m0 11v3M3.500 12h3m11 0h3M6 6l2.100 2.100m7.800 7.800L18 18M18 6l-2.100 2.100M8.100 15.900 6 18"
	case "users":
		return "M9 11a3.500 3.500 0 1 0 0-7 3.500 3.500 0 0 0 0 7zM2.500 20a6.500 6.500 0 0 1 13 0M16 4.500a3.500 3.500 0 0 1 0 6.500m2 2.700a6.500 6.500 0 0 1 3.500 6.300"
	case "me":
		return "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4.500 20.500a7.500 7.500 0 0 1 15 0"
	case "help":
		return "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM9.500 9.500a2.500 2.500 0 1 1 3.500 2.300c-.700.300-1 .900-1 1.700M12 16.800h.01"
	case "out":
		return "M14 4h5v16h-5M4 12h11m-4-4 4 4-4 4"
	case "check":
		return "m5 12.500 4.500 4.500L19 7.500"
	case "warn":
		return "M12 4 2.500 20h19zM12 10v4.500m0 2.500h.01"
	case "clock":
		return "M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3.500 2"
	case "link":
		return "M14 4h6v6M20 4l-9 9M18 14v6H4V6h6"
	case "eye":
		return "M2.500 12S6 5.500 12 5.500 21.500 12 21.500 12 18 18.500 12 18.500 2.500 12 2.500 12zM12 14.500a2.500 2.500 0 1 0 0-5 2.500 2.500 0 0 0 0 5z"
	case "send":
		return "m3 11 18-7-7 18-3-8z"
	case "search":
		return "M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14zM16 16l4.500 4.500"
	case "flag":
		return "M5 21V4h13l-3 4.500L18 13H5"
	}
	return "M12 12h.01"
}
