import type { Shape } from '../../i18n/en.js'
import type { addDeviceTexts } from './texts.en.js'

export const addDeviceTextsVi: Shape<typeof addDeviceTexts> = {
  title: 'Thêm thiết bị',
  intro:
    'Tạo thiết bị và thông tin để nó đăng nhập. Thiết bị gửi mà chưa được thêm sẽ tự hiện trong danh sách.',
  id: 'Mã thiết bị',
  idHint: 'Chữ, số và _ . : - , nhiều nhất 64. Là một phần của chủ đề MQTT.',
  idBad: 'Chỉ chữ, số và _ . : - , nhiều nhất 64.',
  name: 'Tên',
  nameHint: 'Tên mọi người gọi. Không có thì dùng mã.',
  site: 'Địa điểm',
  siteHint: 'Tòa nhà hoặc thành phố; thiết bị được nhóm theo đó.',
  location: 'Vị trí',
  locationHint: 'Chỗ nào trong địa điểm.',
  kind: 'Đăng nhập với vai',
  kindDevice: 'Thiết bị: chỉ ghi vào chủ đề của mình',
  kindGateway: 'Cổng gom: gửi thay mọi thiết bị trên sensor/data',
  submit: 'Thêm thiết bị',
  exists: 'Đã có thiết bị với mã này.',
  failed: 'Không thêm được: {{reason}}',
  credentialsFailed: 'Đã thêm thiết bị, nhưng không tạo được thông tin đăng nhập: {{reason}}',
  retryCredentials: 'Tạo thông tin đăng nhập',
  doneTitle: 'Đã thêm {{name}}',
  once: 'Mật khẩu chỉ hiện một lần này. Hãy chép ngay.',
  username: 'Tên đăng nhập',
  password: 'Mật khẩu',
  open: 'Mở thiết bị',
  another: 'Thêm thiết bị khác',
}
