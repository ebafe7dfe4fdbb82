// Package searchpage reads the result pages of s.weibo.com in the layout of
// 2026 and in those of 2018 and 2017, the last one also as the site sent it:
// as JSON in calls of STK.pageletM.view. Blue badges say only that an account
// is no person, so they count as organisation unless their title says more.
// The pages show no place. A page that is a wall, or has neither results nor
// the site's word that there are none, is never taken for an empty result.
package searchpage
