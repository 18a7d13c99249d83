import type { Shape } from '../../i18n/en.js'
import type { noticesTexts } from './texts.en.js'

export const noticesTextsVi: Shape<typeof noticesTexts> = {
  title: 'Thông báo',
  bell: 'Thông báo',
  bellUnread_one: 'Thông báo: {{count}} chưa đọc',
  bellUnread_other: 'Thông báo: {{count}} chưa đọc',
  unread: 'Chưa đọc',
  tabs: { all: 'Tất cả', unread: 'Chưa đọc', alerts: 'Cảnh báo' },
  types: { info: 'Tin', success: 'Xong', warning: 'Cảnh báo', error: 'Lỗi' },
  empty: { all: 'Không có thông báo', unread: 'Đã đọc hết' },
  emptyDetail: 'Những gì quản trị viên và hệ thống nhắn cho bạn được giữ ở đây.',
  from: 'từ {{name}}',
  markRead: 'Đánh dấu đã đọc',
  markAllRead: 'Đánh dấu đã đọc hết',
  more: 'Xem thêm',
}
