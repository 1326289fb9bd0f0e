-- Chinese (UTF-8), simplified and traditional.
local rules = rebuff.rules

rules:add { category = "address-bad", confidence = 0.9, source = "Chinese servers", any = { "用户不存在", "用戶不存在",
	"使用者不存在", "该用户不存在", "收件人不存在", "收件人地址不存在", "邮箱不存在", "郵箱不存在", "信箱不存在", "帐号不存在", "账号不存在", "帳號不存在", "帐户不存在",
	"账户不存在", "帳戶不存在", "邮箱地址不存在", "地址不存在", "无此用户", "無此用戶", "無此使用者", "没有此用户", "沒有此用戶", "找不到用户", "找不到收件人", "找不到邮箱",
	"无效的收件人", "無效的收件人", "收件人无效", "无效收件人", "无效用户", "未知用户", "未知用戶", "不存在" } }
rules:add { category = "mailbox-full", confidence = 0.92, weight = 20, source = "Chinese servers", any = {
	"邮箱空间已满", "邮箱容量", "信箱容量", "超過配額",
	"邮箱满" } }
rules:add { category = "mailbox-disabled", confidence = 0.9, weight = 20, source = "Chinese servers", any = {
	"用户已被禁用", "用户被禁用", "帐号已停用", "账号已停用", "帳號已停用", "账号被禁用", "帐号被冻结", "账号被冻结", "邮箱被冻结", "邮箱已停用", "邮箱已被禁用",
	"账户已停用", "用户被锁定", "账号已过期", "帐号已过期", "已停用", "已注销" } }
rules:add { category = "domain-bad", confidence = 0.9, source = "Chinese servers", any = {
	"找不到域名",  } }
rules:add { category = "ip-blocked", confidence = 0.9, weight = 30, source = "Chinese servers", any = {
	"ip被", "ip已被", "拒絕連線",  } }
rules:add { category = "rate-limited", confidence = 0.9, weight = 30, source = "Chinese servers", any = {
	"发信数量", "超过限制", "超過限制",
	 } }
rules:add { category = "content-blocked", confidence = 0.9, weight = 20, source = "Chinese servers", any = {
	"内容被拒绝",  } }
rules:add { category = "message-too-big", confidence = 0.9, weight = 30, source = "Chinese servers", any = {
	"邮件大小" } }
rules:add { category = "system-error", confidence = 0.75, source = "Chinese servers", any = { "系统错误", "系統錯誤",
	"系统繁忙", "系統忙碌", "服务器忙", "伺服器忙", "服务不可用", "暂时不可用", "稍后再试", "稍後再試", "内部错误", "临时错误" } }
rules:add { category = "auth-failed", confidence = 0.9, weight = 60, source = "Chinese servers", any = {
	"spf校验", "spf检查", "dkim校验", "dmarc校验", "spf驗證" } }
