package purges_test

import (
	"testing"

	"huiying/internal/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }
