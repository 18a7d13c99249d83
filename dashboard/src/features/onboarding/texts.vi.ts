import type { Shape } from '../../i18n/en.js'
import type { onboardingTexts } from './texts.en.js'

export const onboardingTextsVi: Shape<typeof onboardingTexts> = {
  title: 'Gửi số đo đầu tiên',
  intro: 'Chọn thứ bạn có, chép, chạy. Bất cứ gì nói được MQTT đều dùng được.',
  kinds: {
    label: 'Thứ gửi đi',
    mosquitto: 'mosquitto_pub',
    esp32: 'ESP32 (Arduino)',
    python: 'Raspberry Pi (Python)',
    node: 'Node.js',
  },
  install: 'Cài đặt',
  code: 'Mã',
  command: 'Lệnh',
  waiting: 'Đang chờ số đo đầu tiên…',
  waitingDetail: 'Đang nghe tại {{host}}:{{port}}. Số đo sẽ tự hiện ở đây.',
  arrived: 'Đã đến: {{name}}',
  open: 'Mở thiết bị',
  done: 'Đến tổng quan',
  credentialsNeeded:
    'Từ máy khác, thiết bị phải đăng nhập. “Thêm thiết bị” tạo tên đăng nhập và mật khẩu cho nó.',
  addDevice: 'Thêm thiết bị',
  copy: 'Chép',
  copied: 'Đã chép',
  selected: 'Đã chọn: hãy chép',
}
