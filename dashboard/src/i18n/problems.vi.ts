import type { ErrorCode } from '@iot/contracts'

/** Why the server refused; the English, which says more than the code alone, comes with the refusal. */
export const problemsVi: Record<ErrorCode, string> = {
  BAD_REQUEST: 'Máy chủ không đọc được yêu cầu.',
  VALIDATION_FAILED: 'Có trường không hợp lệ.',
  BAD_CURSOR: 'Danh sách không tiếp tục được từ đây: hãy tải lại trang.',
  UNAUTHENTICATED: 'Hãy đăng nhập trước.',
  TOKEN_EXPIRED: 'Phiên đăng nhập đã hết hạn: hãy tải lại trang.',
  BAD_CREDENTIALS: 'Tên đăng nhập hoặc mật khẩu không đúng.',
  REFRESH_INVALID: 'Phiên đã kết thúc: hãy đăng nhập lại.',
  FORBIDDEN: 'Vai trò hoặc địa điểm của bạn không cho phép việc này.',
  ORIGIN_REFUSED: 'Trang này không được phép gọi máy chủ: xem CORS_ORIGINS.',
  SETUP_TOKEN_INVALID:
    'Liên kết thiết lập sai hoặc đã dùng: liên kết mới nhất nằm trong nhật ký của máy chủ.',
  NOT_FOUND: 'Không có mục này, hoặc nó đã bị xóa.',
  CONFLICT: 'Đã có một mục như vậy.',
  STATE_CONFLICT: 'Nó đã thay đổi trong lúc đó: hãy xem lại.',
  READ_ONLY: 'Mục này nằm trong một tệp: hãy sửa ở đó.',
  LIMIT_REACHED: 'Đã có nhiều nhất như được phép: hãy xóa bớt trước.',
  LAST_ADMINISTRATOR: 'Phải còn một quản trị viên đăng nhập được.',
  PAYLOAD_TOO_LARGE: 'Nội dung gửi đi quá lớn.',
  UNSUPPORTED_MEDIA_TYPE: 'Nội dung phải là application/json.',
  RANGE_TOO_LARGE: 'Khoảng thời gian có quá nhiều số đo: hãy thu hẹp lại.',
  RATE_LIMITED: 'Quá nhiều yêu cầu: hãy đợi một lát rồi thử lại.',
  LOGIN_THROTTLED: 'Quá nhiều lần đăng nhập sai: hãy đợi rồi thử lại.',
  TOO_MANY_CONNECTIONS: 'Quá nhiều kết nối.',
  TOO_MANY_SUBSCRIPTIONS: 'Kết nối này theo dõi quá nhiều mục.',
  INTERNAL: 'Máy chủ gặp lỗi.',
  UNAVAILABLE: 'Một phần của hệ thống đang vắng mặt: hãy thử lại.',
}
