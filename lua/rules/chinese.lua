-- Chinese (UTF-8), simplified and traditional.
local rules = rebuff.rules

rules:add { category = "address-bad", confidence = 0.9, source = "Chinese servers", any = { "用户不存在", "用戶不存在",
	"使用者不存在", "该用户不存在", "收件人不存在", "收件人地址不存在", "邮箱不存在", "郵箱不存在", "信箱不存在", "帐号不存在", "账号不存在", "帳號不存在", "帐户不存在",
	"账户不存在", "帳戶不存在", "邮箱地址不存在", "地址不存在", "无此用户", "無此用戶", "無此使用者", "没有此用户", "沒有此用戶", "找不到用户", "找不到收件人", "找不到邮箱",
	"无效的收件人", "無效的收件人", "收件人无效", "无效收件人", "无效用户", "未知用户", "未知用戶", "不存在" } }
rules:add { category = "mailbox-full", confidence = 0.92, weight = 20, source = "Chinese servers", any = {
	"邮箱已满", "郵箱已滿", "信箱已滿", "信箱已满", "邮箱空间已满", "邮箱空间不足", "郵箱空間不足", "信箱空間不足", "邮箱容量", "信箱容量", "超出配额", "超過配額",
	"配额已满", "空间不足", "空間不足", "邮箱满" } }
rules:add { category = "mailbox-disabled", confidence = 0.9, weight = 20, source = "Chinese servers", any = {
	"用户已被禁用", "用户被禁用", "帐号已停用", "账号已停用", "帳號已停用", "账号被禁用", "帐号被冻结", "账号被冻结", "邮箱被冻结", "邮箱已停用", "邮箱已被禁用",
	"账户已停用", "用户被锁定", "账号已过期", "帐号已过期", "已停用", "已注销" } }
rules:add { category = "recipient-refused", confidence = 0.85, weight = 20, source = "Chinese servers",
	any = { "收件人拒收", "被收件人拒绝", "对方拒收", "拒收", "收件人的黑名单", "用户拒收" } }
rules:add { category = "domain-bad", confidence = 0.9, source = "Chinese servers", any = { "域名不存在", "网域不存在",
	"網域不存在", "找不到域名", "域名无效" } }
rules:add { category = "sender-rejected", confidence = 0.9, weight = 30, source = "Chinese servers", any = {
	"发件人被拒绝", "发件人不存在", "发件人地址", "寄件人", "发信人", "发件域" } }
rules:add { category = "ip-blocked", confidence = 0.9, weight = 30, source = "Chinese servers", any = {
	"黑名单", "黑名單", "ip被", "ip地址被", "ip位址被", "ip已被", "拒绝连接", "拒絕連線", "反向解析" } }
rules:add { category = "rate-limited", confidence = 0.9, weight = 30, source = "Chinese servers", any = {
	"连接过多", "連線過多", "连接数", "发送频率", "發送頻率", "频率过高", "频率限制", "发信频率", "发信数量", "超过限制", "超過限制", "过于频繁", "過於頻繁",
	"收件人过多" } }
rules:add { category = "content-blocked", confidence = 0.9, weight = 20, source = "Chinese servers", any = {
	"垃圾邮件", "垃圾郵件", "反垃圾", "病毒", "邮件内容", "郵件內容", "内容被拒绝", "违规内容", "附件" } }
rules:add { category = "message-too-big", confidence = 0.9, weight = 30, source = "Chinese servers", any = {
	"邮件过大", "郵件過大", "邮件太大", "信件過大", "大小超过", "大小超過", "超过大小", "邮件大小" } }
rules:add { category = "system-error", confidence = 0.75, source = "Chinese servers", any = { "系统错误", "系統錯誤",
	"系统繁忙", "系統忙碌", "服务器忙", "伺服器忙", "服务不可用", "暂时不可用", "稍后再试", "稍後再試", "内部错误", "临时错误" } }
rules:add { category = "auth-failed", confidence = 0.9, weight = 60, source = "Chinese servers", any = {
	"spf校验", "spf检查", "dkim校验", "dmarc校验", "spf驗證" } }
